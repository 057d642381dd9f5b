// Drives the official client for Node, @alicloud/vpc20160428: a JSON document a line in, one a line out, as
// tests/simulator/clients/conversation.py does for Python.
'use strict';

const { createInterface } = require('node:readline');
const { $OpenApiUtil } = require('@alicloud/openapi-core');
const vpc = require('@alicloud/vpc20160428');
const { RuntimeOptions } = require('@darabonba/typescript');

const lowerFirst = (name) => name[0].toLowerCase() + name.slice(1);

const camelCased = (parameters) =>
  Object.fromEntries(Object.entries(parameters).map(([name, value]) => [lowerFirst(name), value]));

async function call({ endpoint, key, secret, token, action, parameters, how }) {
  const client = new vpc.default(
    new $OpenApiUtil.Config({
      accessKeyId: key, accessKeySecret: secret, securityToken: token, regionId: 'cn-hangzhou', endpoint, protocol: 'http',
    }),
  );
  if (how === 'model') {
    const request = new vpc[`${action}Request`](camelCased(parameters));
    return (await client[lowerFirst(action)](request)).body.toMap();
  }
  const params = new $OpenApiUtil.Params({
    action, version: '2016-04-28', protocol: 'HTTPS', pathname: '/', method: 'POST', authType: 'AK', style: 'RPC',
    reqBodyType: 'formData', bodyType: 'string',
  });
  const query = { ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)])), Format: 'XML' };
  const answer = await client.callApi(params, new $OpenApiUtil.OpenApiRequest({ query }), new RuntimeOptions({}));
  return answer.body;
}

async function told(line) {
  try {
    return { returned: await call(JSON.parse(line)) };
  } catch (error) {
    const { name, statusCode, code, message, requestId } = error;
    return { raised: { type: name, status: statusCode, code, message, request_id: requestId } };
  }
}

(async () => {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await told(line))}\n`);
  }
})();
