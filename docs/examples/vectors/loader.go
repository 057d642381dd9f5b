// Runs the vectors of a file against an endpoint that does not verify signatures: go run loader.go vectors.json URL
// It prints the id of each vector that fails, and exits with 1 if one does. docs/vectors.md explains the file.
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

type object = map[string]any

var file, gateways, requestIDs = object{}, object{}, map[string]bool{}

// What stands at a path of an object; the zero value where nothing of the type does.
func at[T any](value any, path ...string) T {
	for _, name := range path {
		inner, _ := value.(object)
		value = inner[name]
	}
	found, _ := value.(T)
	return found
}

// The members of an answer, its HTTP status and its outcome: success, the code of a refusal, or none of the two.
func call(action, caller string, p url.Values) (m object, status, outcome string) {
	common := url.Values{"Action": {action}, "Version": {"2016-04-28"}, "Format": {"JSON"}, "AccessKeyId": {caller}}
	if response, err := http.Get(os.Args[2] + "/?" + common.Encode() + "&" + p.Encode()); err == nil {
		defer response.Body.Close()
		status = fmt.Sprint(response.StatusCode)
		_ = json.NewDecoder(response.Body).Decode(&m) // what is no JSON has no members
	}
	if status == "200" && m["Code"] == nil {
		outcome = "success"
	} else if strings.HasPrefix(status, "4") && at[string](m, "Message") != "" && at[string](m, "RequestId") != "" {
		outcome = at[string](m, "Code")
	}
	return m, status, outcome
}
func send(sent any, unique string) (p url.Values, m object, status, outcome string) {
	identity := "RegionId VpnGatewayId RouteSource RouteDest NextHop Weight Priority"
	p, action := url.Values{}, map[string]string{"": "Create", "delete": "Delete"}[at[string](sent, "action")]
	for _, changes := range []object{at[object](file, "ordinary", at[string](sent, "gateway")), at[object](sent, "parameters")} {
		for name, value := range changes {
			if p.Del(name); value != nil && (action == "Create" || strings.Contains(identity, name)) {
				p.Set(name, strings.ReplaceAll(fmt.Sprint(value), "{unique}", unique))
			}
		}
	}
	m, status, outcome = call(action+"VpnPbrRouteEntry", at[string](sent, "caller"), p)
	return p, m, status, outcome
}

// Whether an answer, or an entry of a list, shows a route; what an entry leaves out is not missed.
func shows(m any, gateway string, route any, inList bool) bool {
	for name, wanted := range at[object](route) {
		value, declared := at[any](m, name), gateways[gateway]
		mayLack := inList || (name == "Priority" && at[any](declared, "priority") == false)
		isFull := value == 100.0 && name == "Weight" && at[string](declared, "tunnels") == "dual"
		if value != wanted && !isFull && (value != nil || !mayLack) {
			return false
		}
	}
	return true
}
func mayRefuse(v any, status, code string) bool {
	codes, statuses := " ", fmt.Sprint(at[[]any](file, "statuses", code))
	for _, name := range at[[]any](v, "because") {
		codes += strings.Trim(fmt.Sprint(at[[]any](file, "reasons", name.(string), "codes")), "[]") + " "
	}
	isAllowed := strings.Contains(codes, " "+code+" ") || strings.Contains(codes, " any 4xx ")
	return code != "" && isAllowed && (statuses == "[]" || strings.Contains(statuses, status))
}
func maySucceed(v any, p url.Values, m object, created any) bool {
	id, when, gateway := at[string](m, "RequestId"), at[float64](m, "CreateTime"), p.Get("VpnGatewayId")
	isEchoed := m["VpnInstanceId"] == gateway && m["OverlayMode"] == "Ipsec" && at[string](m, "Description") == p.Get("Description")
	isInTime := when >= 1e12 && (at[string](v, "effect") != "replayed" || m["CreateTime"] == created)
	isWhole := at[any](v, "route") == nil || at[string](v, "action") == "delete" || isEchoed && isInTime && shows(m, gateway, at[any](v, "route"), false)
	return at[bool](v, "success") && id != "" && !requestIDs[id] && isWhole
}

// What a list shows, without the first entry for each of some routes, and how many of them it does not show.
func listed(gateway string, routes ...any) (left []any, missing int) {
	p := url.Values{"VpnGatewayId": {gateway}, "RegionId": {at[string](file, "ordinary", gateway, "RegionId")}, "PageSize": {"50"}}
	members, _, _ := call("DescribeVpnPbrRouteEntries", "owner", p)
	left, missing = at[[]any](members, "VpnPbrRouteEntries", "VpnPbrRouteEntry"), len(routes)
	for _, route := range routes {
		for index, entry := range left {
			if shows(entry, gateway, route, true) {
				left, missing = append(left[:index], left[index+1:]...), missing-1
				break
			}
		}
	}
	return left, missing
}

// Runs a vector, then deletes what the lists show; whether all was as it must be.
func passes(v any, unique string) bool {
	setup, passed, created := at[object](file, "setups", at[string](v, "setup")), true, any(nil)
	for _, step := range at[[]any](setup, "steps") {
		_, m, _, outcome := send(step, unique)
		passed = passed && outcome != "" && (outcome == "success") != (at[string](step, "outcome") == "refusal")
		requestIDs[at[string](m, "RequestId")], created = true, m["CreateTime"]
	}
	p, m, status, outcome := send(v, unique)
	passed = passed && (outcome == "success" && maySucceed(v, p, m, created) || outcome != "success" && mayRefuse(v, status, outcome))
	requestIDs[at[string](m, "RequestId")] = true
	for gateway, before := range at[object](setup, "routes") {
		effect, wanted := at[string](v, "effect"), before.([]any)
		if outcome != "success" || gateway != at[string](v, "gateway") {
			effect = ""
		} else if effect == "created" {
			wanted = append(append([]any{}, wanted...), at[any](v, "route"))
		}
		left, missing := listed(gateway, wanted...)
		_, lacks := listed(gateway, at[any](v, "route"))
		isDeleted, isUnchanged := effect == "deleted" && missing*lacks == 1, effect != "deleted" && missing == 0
		passed = passed && (effect == "unspecified" || len(left) == 0 && (isDeleted || isUnchanged))
	}
	for gateway := range at[object](setup, "routes") {
		entries, _ := listed(gateway)
		for _, entry := range entries {
			send(object{"gateway": gateway, "action": "delete", "parameters": entry}, "")
		}
		left, _ := listed(gateway)
		passed = passed && len(left) == 0
	}
	return passed
}
func main() {
	if content, _ := os.ReadFile(os.Args[1]); json.Unmarshal(content, &file) != nil || at[float64](file, "format") != 1 {
		panic("expected a file of vectors, format 1")
	}
	for _, each := range at[[]any](file, "account", "gateways") {
		gateways[at[string](each, "id")] = each
	}
	failed, run, vectors := []string{}, time.Now().UnixNano()/1000&0xffff, at[[]any](file, "vectors")
	for number, v := range vectors {
		if !passes(v, fmt.Sprintf("%04x%04x", run, number)) {
			failed = append(failed, at[string](v, "id"))
		}
	}
	fmt.Printf("%d vectors, %d failed\n%s\n", len(vectors), len(failed), strings.Join(failed, "\n"))
	os.Exit(map[bool]int{true: 1}[len(failed) > 0])
}
