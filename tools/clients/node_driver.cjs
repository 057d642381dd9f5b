// Drives one of the vendor's clients for Node: a JSON document a line in, one a line out, until the input ends.
// Its argument is the kind of client; node_modules of the working directory has it.
'use strict';

const { createInterface } = require('node:readline');
const { createRequire } = require('node:module');
const load = createRequire(`${process.cwd()}/`);
const kind = process.argv[2];
const lowerFirst = (name) => name[0].toLowerCase() + name.slice(1);

async function call({ endpoint, key, secret, action, parameters }) {
  const keys = { accessKeyId: key, accessKeySecret: secret };
  if (kind === 'pop-core') {
    const { RPCClient } = load('@alicloud/pop-core');
    const client = new RPCClient({ ...keys, endpoint: `http://${endpoint}`, apiVersion: '2016-04-28' });
    return client.request(action, parameters);
  }
  const config = { ...keys, regionId: 'cn-hangzhou', endpoint, protocol: 'http' };
  if (kind === 'rpc-client') {
    const { default: RpcClient, Config } = load('@alicloud/rpc-client');
    const { RuntimeOptions } = load('@alicloud/tea-util');
    const client = new RpcClient(new Config({ ...config, type: 'access_key' }));
    return client.doRequest(action, 'HTTP', 'POST', '2016-04-28', 'AK', parameters, {}, new RuntimeOptions({}));
  }
  if (kind === 'vpc') {
    const { $OpenApiUtil } = load('@alicloud/openapi-core');
    const vpc = load('@alicloud/vpc20160428');
    const names = Object.entries(parameters).map(([name, value]) => [lowerFirst(name), value]);
    const request = new vpc[`${action}Request`](Object.fromEntries(names));
    return (await new vpc.default(new $OpenApiUtil.Config(config))[lowerFirst(action)](request)).body.toMap();
  }
  const { default: OpenApi, Config, Params, OpenApiRequest } = load('@alicloud/openapi-client');
  const { default: OpenApiUtil } = load('@alicloud/openapi-util');
  const { RuntimeOptions } = load('@alicloud/tea-util');
  const signed = kind === 'openapi-v1' ? { signatureAlgorithm: 'v2' } : {};
  const params = new Params({
    action, version: '2016-04-28', protocol: 'HTTP', pathname: '/', method: 'POST', authType: 'AK', style: 'RPC',
    reqBodyType: 'formData', bodyType: 'json',
  });
  const query = new OpenApiRequest({ query: OpenApiUtil.query(parameters) });
  return (await new OpenApi(new Config({ ...config, ...signed })).callApi(params, query, new RuntimeOptions({}))).body;
}

async function told(line) {
  try {
    return { returned: await call(JSON.parse(line)) };
  } catch (error) {
    return { raised: error.name, code: error.code ?? null };
  }
}

(async () => {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await told(line))}\n`);
  }
  process.exit(0);
})();
