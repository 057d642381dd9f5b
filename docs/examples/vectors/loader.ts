// Runs the vectors of a file against an endpoint that does not verify signatures: node loader.js vectors.json URL
// It prints each vector that fails and why, and exits with 1 if one does. docs/vectors.md explains the file.
import { readFileSync } from "node:fs";

type Route = { RouteSource: string; RouteDest: string; NextHop: string; Weight: number; Priority: number; State: string };
type Parameters = Record<string, string>;
type Sent = { gateway: string; parameters?: Record<string, string | null>; caller?: string; action?: "create" | "delete" };
type Step = Sent & { outcome?: "success" | "refusal" };
type SetUp = { steps: Step[]; routes: Record<string, Route[]> };
type Vector = Sent & { id: string; setup: string; success?: boolean; because: string[]; effect?: string; route?: Route };
type Gateway = { id: string; tunnels: string; priority: boolean };
type Suite = {
  format: number; account: { gateways: Gateway[] }; vectors: Vector[]; setups: Record<string, SetUp>;
  statuses: Record<string, number[]>; reasons: Record<string, { codes: string[] }>; ordinary: Record<string, Parameters>;
};
type Answer = { status: number; members: Record<string, any> };

const [path, url] = process.argv.slice(2);
const suite: Suite = JSON.parse(readFileSync(path, "utf-8"));
if (suite.format !== 1) process.exit(2);
const gateways = new Map(suite.account.gateways.map((gateway) => [gateway.id, gateway]));
const names = ["RegionId", "VpnGatewayId", "RouteSource", "RouteDest", "NextHop", "Weight", "Priority"];
const requestIds = new Set<unknown>();

async function call(action: string, parameters: Parameters, caller = "owner"): Promise<Answer> {
  const common = { Action: action, Version: "2016-04-28", Format: "JSON", AccessKeyId: caller };
  const response = await fetch(`${url}/?${new URLSearchParams({ ...common, ...parameters })}`);
  const text = await response.text();
  try {
    return { status: response.status, members: JSON.parse(text) };
  } catch {
    return { status: response.status, members: {} };
  }
}

function parametersOf(sent: Sent, unique: string): Parameters {
  const all = Object.entries({ ...suite.ordinary[sent.gateway], ...sent.parameters });
  const kept = all.filter(([name, text]) => text !== null && (sent.action !== "delete" || names.includes(name)));
  return Object.fromEntries(kept.map(([name, text]) => [name, text!.replace("{unique}", unique)]));
}

async function send(sent: Sent, unique: string): Promise<Answer> {
  const action = sent.action === "delete" ? "DeleteVpnPbrRouteEntry" : "CreateVpnPbrRouteEntry";
  return call(action, parametersOf(sent, unique), sent.caller);
}

const isText = (value: unknown) => typeof value === "string" && value !== "";
const isSuccess = (answer: Answer) => answer.status === 200 && answer.members.Code === undefined;
const isRefusal = ({ status, members }: Answer) =>
  status >= 400 && status <= 499 && isText(members.Code) && isText(members.Message) && isText(members.RequestId);

/** Whether an answer or an entry of a list shows a route; what an entry leaves out is not missed. */
function differs(shown: Record<string, any>, gatewayId: string, route: Route, inList: boolean): string {
  const gateway = gateways.get(gatewayId);
  for (const [name, wanted] of Object.entries(route)) {
    const value = shown[name] ?? undefined;
    const mayLack = value === undefined && (inList || (name === "Priority" && gateway?.priority === false));
    const mayBeFull = name === "Weight" && value === 100 && gateway?.tunnels === "dual";
    if (value !== wanted && !mayLack && !mayBeFull) return `${name} is ${value}, not ${wanted}`;
  }
  return "";
}

function wrongSuccess(vector: Vector, sent: Parameters, members: Record<string, any>, created: unknown): string {
  const id = members.RequestId;
  if (!isText(id) || requestIds.has(id)) return `RequestId ${id} is not new`;
  if (!vector.route || vector.action === "delete") return "";
  if (members.VpnInstanceId !== sent.VpnGatewayId) return `VpnInstanceId is ${members.VpnInstanceId}`;
  if (members.OverlayMode !== "Ipsec") return `OverlayMode is ${members.OverlayMode}`;
  if ((members.Description ?? "") !== (sent.Description ?? "")) return `Description is ${members.Description}`;
  if (!Number.isInteger(members.CreateTime) || members.CreateTime < 1e12) return `CreateTime is ${members.CreateTime}`;
  if (vector.effect === "replayed" && members.CreateTime !== created) return "CreateTime is not that of the first answer";
  return differs(members, sent.VpnGatewayId, vector.route, false);
}

function wrongAnswer(vector: Vector, sent: Parameters, answer: Answer, created: unknown): string {
  const codes = new Set(vector.because.flatMap((name) => suite.reasons[name].codes));
  const { status, members } = answer;
  const allowed = `allowed: ${[...(vector.success ? ["success"] : []), ...codes].join(", ")}`;
  if (isSuccess(answer)) return vector.success ? wrongSuccess(vector, sent, members, created) : `success; ${allowed}`;
  if (!isRefusal(answer)) return `HTTP ${status} is no refusal with Code, Message and RequestId`;
  if (!codes.has(members.Code) && !codes.has("any 4xx")) return `${members.Code}; ${allowed}`;
  return (suite.statuses[members.Code] ?? [status]).includes(status) ? "" : `${members.Code} with HTTP ${status}`;
}

async function listed(gateway: string): Promise<Record<string, any>[]> {
  const RegionId = suite.ordinary[gateway].RegionId;
  const page = { RegionId, VpnGatewayId: gateway, PageNumber: "1", PageSize: "50" };
  const { members } = await call("DescribeVpnPbrRouteEntries", page);
  return members.VpnPbrRouteEntries?.VpnPbrRouteEntry ?? [];
}

async function wrongLists(vector: Vector, succeeded: boolean): Promise<string> {
  for (const [gateway, before] of Object.entries(suite.setups[vector.setup].routes)) {
    const isOwn = gateway === vector.gateway && succeeded;
    if (isOwn && vector.effect === "unspecified") continue;
    const wanted = isOwn && vector.effect === "created" ? [...before, vector.route!] : before;
    const gone = JSON.stringify(isOwn && vector.effect === "deleted" ? vector.route : null);
    const left = await listed(gateway);
    for (const route of wanted.filter((each) => JSON.stringify(each) !== gone)) {
      const index = left.findIndex((entry) => differs(entry, gateway, route, true) === "");
      if (index < 0) return `${gateway} does not list ${JSON.stringify(route)}`;
      left.splice(index, 1);
    }
    if (left.length) return `${gateway} lists ${JSON.stringify(left[0])}, which must not be there`;
  }
  return "";
}

async function played(vector: Vector, unique: string): Promise<string> {
  let created: unknown;
  for (const step of suite.setups[vector.setup].steps) {
    const answer = await send(step, unique);
    if (step.outcome === "refusal" ? !isRefusal(answer) : !isSuccess(answer)) return `set-up: ${answer.members.Code}`;
    if (isSuccess(answer)) [created] = [answer.members.CreateTime, requestIds.add(answer.members.RequestId)];
  }
  const answer = await send(vector, unique);
  const problem = wrongAnswer(vector, parametersOf(vector, unique), answer, created);
  if (isSuccess(answer)) requestIds.add(answer.members.RequestId);
  return problem || wrongLists(vector, isSuccess(answer));
}

async function cleaned(vector: Vector): Promise<string> {
  for (const gateway of Object.keys(suite.setups[vector.setup].routes)) {
    const entries = await listed(gateway);
    for (const entry of entries) {
      const known = names.filter((name) => entry[name] !== undefined && (name !== "Priority" || gateways.get(gateway)?.priority));
      const values = Object.fromEntries(known.map((name) => [name, String(entry[name])]));
      await call("DeleteVpnPbrRouteEntry", { ...values, RegionId: suite.ordinary[gateway].RegionId, VpnGatewayId: gateway });
    }
    if (entries.length && (await listed(gateway)).length) return `${gateway} lists a route after its deletion`;
  }
  return "";
}

async function main(): Promise<void> {
  const run = Math.floor(Math.random() * 0x10000).toString(16).padStart(4, "0");
  let failed = 0;
  for (const [number, vector] of suite.vectors.entries()) {
    const unique = run + number.toString(16).padStart(4, "0");
    const problem = await played(vector, unique);
    const left = await cleaned(vector);
    if (problem || left) console.log(`FAIL ${vector.id}: ${problem || left}`), failed++;
  }
  console.log(`${suite.vectors.length} vectors, ${failed} failed`);
  process.exitCode = failed ? 1 : 0;
}

main();
