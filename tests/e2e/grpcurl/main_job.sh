#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# main_job.sh: the main job with grpcurl, which knows of our protos only what gaond's reflection tells it.
# usage: main_job.sh BUILD-FOLDER
set -u
build=$(cd "$1" && pwd)
source=$(cd "$(dirname "$0")/../../.." && pwd)
folder=$(mktemp -d /var/tmp/gaon-grpcurl.XXXXXX)
gaond_pid=""
checks=0

fail() { echo "FAILED: $*" >&2; tail -n 5 "$folder/gaond.log" >&2; exit 1; }
finish() {
	code=$?
	[ -n "$gaond_pid" ] && kill -9 "$gaond_pid" 2>/dev/null
	[ $code -eq 0 ] || [ $code -eq 77 ] && rm -rf "$folder"
	exit $code
}
trap finish EXIT

# grpcurl from the path, from an earlier run, or made by Go from its module.
get_grpcurl() {
	tools=$source/build/tools
	mkdir -p "$tools"
	grpcurl=$(command -v grpcurl || true)
	[ -n "$grpcurl" ] || grpcurl=$tools/grpcurl
	[ -x "$grpcurl" ] && return
	command -v go >/dev/null || [ -x /usr/local/go/bin/go ] || "$source/tools/packages" go >/dev/null 2>&1
	go=$(PATH=$PATH:/usr/local/go/bin command -v go) || { echo "SKIP: grpcurl: there is no Go, and golang-go cannot be installed"; exit 77; }
	# The newest that Debian 12's Go 1.19 compiles.
	GOBIN=$tools GOFLAGS=-mod=mod timeout 500 "$go" install github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.8.7 >"$folder/go.log" 2>&1 ||
		{ echo "SKIP: grpcurl: Go cannot make it: $(tail -n 1 "$folder/go.log")"; exit 77; }
}

start_gaond() {
	rm -f "$folder/port"
	"$build/server/gaond" --store.url "sqlite:$folder/gaon.db" --server.address "127.0.0.1:${1:-0}" --server.port_file "$folder/port" \
		--metering.interval 1s --sync.interval 0 >>"$folder/gaond.out" 2>>"$folder/gaond.log" &
	gaond_pid=$!
	for _ in $(seq 200); do [ -s "$folder/port" ] && break; sleep 0.05; done
	[ -s "$folder/port" ] || fail "gaond does not serve"
	address=127.0.0.1:$(cat "$folder/port")
}

# call WHO SERVICE/METHOD JSON: the answer in $answer; fails the test when it is refused.
call() {
	key="key_$1"
	answer=$("$grpcurl" -plaintext -H "authorization: Bearer ${!key:-}" -d "$3" "$address" "gaon.$2" 2>&1) || fail "$2 (as $1): $answer"
}
# refused WHO CODE SERVICE/METHOD JSON: must be refused with this gRPC code.
refused() {
	key="key_$1"
	answer=$("$grpcurl" -plaintext -H "authorization: Bearer ${!key:-}" -d "$4" "$address" "gaon.$3" 2>&1) && fail "$3 (as $1) was answered: $answer"
	case $answer in *"Code: $2"*) checks=$((checks + 1)) ;; *) fail "$3 (as $1) is not refused with $2: $answer" ;; esac
}
# get PATH: a field of the last answer; of the last message when it was a stream.
get() {
	printf '%s' "$answer" | python3 -c '
import json, sys
text, decoder, value = sys.stdin.read().strip(), json.JSONDecoder(), None
while text:
    value, end = decoder.raw_decode(text)
    text = text[end:].strip()
for part in sys.argv[1].split("."):
    value = (value[int(part)] if part.isdigit() else value.get(part, "")) if value else ""
print(value)' "$1"
}
is() {
	got=$(get "$1")
	[ "$got" = "$2" ] || fail "$1 is \"$got\", not \"$2\", in $answer"
	checks=$((checks + 1))
}
# wait_operation WHO OPERATION: streams it to its end.
wait_operation() {
	call "$1" lifecycle.v1.LifecycleService/WatchOperation "{\"name\":\"$2\"}"
	is state OPERATION_STATE_SUCCEEDED
}
# order NAME: rita orders, anton approves; the order's operation in $operation.
order() {
	call rita request.v1.RequestService/CreateOrder "{\"parent\":\"$project\",\"order\":{\"items\":[{\"product\":\"$product\",\"parameters\":{\"size\":\"tiny\",\"name\":\"$1\"}}],\"justification\":\"grpcurl\"}}"
	order=$(get name)
	digest=$(get planDigest)
	is state ORDER_STATE_PENDING_APPROVAL
	refused rita PermissionDenied request.v1.RequestService/ApproveOrder "{\"name\":\"$order\",\"planDigest\":\"$digest\"}"
	call anton request.v1.RequestService/ApproveOrder "{\"name\":\"$order\",\"planDigest\":\"$digest\",\"comment\":\"yes\"}"
}
operation_of() {
	operation=""
	for _ in $(seq 100); do
		call rita request.v1.RequestService/GetOrder "{\"name\":\"$1\"}"
		operation=$(get items.0.operation)
		[ -n "$operation" ] && return
		sleep 0.1
	done
	fail "no operation works on $1"
}

get_grpcurl
echo "1. gaond, its services by reflection, the first administrator"
start_gaond
"$grpcurl" -plaintext "$address" list >"$folder/services" || fail "reflection does not answer"
for service in iam.v1.IamService catalog.v1.CatalogService cost.v1.CostService request.v1.RequestService lifecycle.v1.LifecycleService; do
	grep -qx "gaon.$service" "$folder/services" || fail "reflection does not tell of gaon.$service"
done
grep -qx grpc.health.v1.Health "$folder/services" || fail "reflection does not tell of the health service"
"$grpcurl" -plaintext "$address" describe gaon.lifecycle.v1.Machine | grep -q "string native_id = 6" || fail "reflection does not describe a machine"
answer=$("$grpcurl" -plaintext "$address" grpc.health.v1.Health/Check) && is status SERVING
token=$(sed -n 's/.*--token \([0-9a-f]*\).*/\1/p' "$folder/gaond.out")
refused nobody InvalidArgument iam.v1.IamService/Bootstrap "{\"token\":\"$token\",\"tenantId\":\"gaon\",\"userId\":\"root\"}"
call nobody iam.v1.IamService/Bootstrap "{\"token\":\"$token\",\"tenantId\":\"gaon\",\"userId\":\"hong\"}"
key_hong=$(get apiKey)
refused nobody Unauthenticated iam.v1.IamService/Bootstrap "{\"token\":\"$token\",\"tenantId\":\"gaon\",\"userId\":\"kim\"}"
refused nobody Unauthenticated iam.v1.IamService/WhoAmI "{}"

echo "2. a tenant, a project, three people"
call hong iam.v1.IamService/CreateTenant '{"parent":"tenants/gaon","tenantId":"acme"}'
call hong iam.v1.IamService/CreateProject '{"parent":"tenants/acme","projectId":"web"}'
project=$(get name)
for person in rita anton olga; do
	call hong iam.v1.IamService/CreateUser "{\"parent\":\"tenants/acme\",\"userId\":\"$person\"}"
	call hong iam.v1.IamService/CreateApiKey "{\"parent\":\"tenants/acme/users/$person\"}"
	printf -v "key_$person" %s "$(get secret)"
done
call hong iam.v1.IamService/SetIamPolicy "{\"resource\":\"$project\",\"policy\":{\"bindings\":[{\"role\":\"roles/requester\",\"members\":[\"tenants/acme/users/rita\"]},{\"role\":\"roles/approver\",\"members\":[\"tenants/acme/users/anton\"]},{\"role\":\"roles/operator\",\"members\":[\"tenants/acme/users/olga\"]}]}}"

echo "3. a connection"
call hong catalog.v1.CatalogService/CreateConnection "{\"parent\":\"tenants/gaon\",\"connectionId\":\"lab\",\"connection\":{\"provider\":\"simulator\",\"endpoint\":\"sim://lab\",\"options\":\"{\\\"state_file\\\":\\\"$folder/sim.state\\\",\\\"latency_ms\\\":50}\"}}"
connection=$(get name)
call hong catalog.v1.CatalogService/ProbeConnection "{\"name\":\"$connection\"}"
wait_operation hong "$(get name)"
call hong catalog.v1.CatalogService/GetConnection "{\"name\":\"$connection\"}"
is state CONNECTION_STATE_READY
call hong catalog.v1.CatalogService/ListImages "{\"parent\":\"$connection\"}"
image=$(get images.0.image)

echo "4. a product"
call hong cost.v1.CostService/CreateRateCard '{"parent":"tenants/gaon","rateCardId":"standard","rateCard":{"currencyCode":"KRW","rates":[{"meter":"METER_MACHINE_HOUR","unitPrice":"20"},{"meter":"METER_VCPU_HOUR","unitPrice":"12.5"},{"meter":"METER_MEMORY_GIB_HOUR","unitPrice":"8"},{"meter":"METER_DISK_GIB_HOUR","unitPrice":"0.15"}]}}'
call hong catalog.v1.CatalogService/CreateProduct '{"parent":"tenants/gaon","productId":"linux-machine","product":{"kind":"machine"}}'
product=$(get name)
call hong catalog.v1.CatalogService/CreateProductVersion "{\"parent\":\"$product\",\"productVersion\":{\"parameters\":[{\"parameter\":\"name\",\"type\":\"PARAMETER_TYPE_STRING\",\"required\":true},{\"parameter\":\"size\",\"type\":\"PARAMETER_TYPE_SIZE\",\"required\":true},{\"parameter\":\"image\",\"type\":\"PARAMETER_TYPE_IMAGE\",\"defaultValue\":\"$image\"},{\"parameter\":\"disk_gib\",\"type\":\"PARAMETER_TYPE_INTEGER\",\"defaultValue\":\"10\"}],\"targets\":[{\"connection\":\"$connection\"}],\"rateCard\":\"tenants/gaon/rateCards/standard\"}}"
version=$(get name)
call hong catalog.v1.CatalogService/PublishProductVersion "{\"name\":\"$version\"}"
is state PRODUCT_VERSION_STATE_PUBLISHED
refused hong FailedPrecondition catalog.v1.CatalogService/UpdateProductVersion "{\"productVersion\":{\"name\":\"$version\",\"maxLeaseDays\":9},\"updateMask\":{\"paths\":[\"max_lease_days\"]}}"
call hong catalog.v1.CatalogService/CreateProductGrant "{\"parent\":\"$product\",\"productGrant\":{\"tenant\":\"tenants/acme\"}}"
call hong request.v1.RequestService/CreateApprovalPolicy '{"parent":"tenants/acme","approvalPolicyId":"every-machine","approvalPolicy":{"approvers":["roles/approver"]}}'

echo "5. preview, order, approval"
call rita request.v1.RequestService/PreviewOrder "{\"parent\":\"$project\",\"items\":[{\"product\":\"$product\",\"parameters\":{\"size\":\"tiny\",\"name\":\"web-1\"}}]}"
[ -n "$(get hourly.amount)" ] || fail "the preview has no price: $answer"
order web-1

echo "6. the machine"
operation_of "$order"
wait_operation rita "$operation"
call rita lifecycle.v1.LifecycleService/ListMachines "{\"parent\":\"$project\"}"
is machines.0.state MACHINE_STATE_RUNNING
machine=$(get machines.0.name)

echo "7. its days"
act() { call olga "lifecycle.v1.LifecycleService/$1" "$2"; wait_operation olga "$(get name)"; }
refused rita PermissionDenied lifecycle.v1.LifecycleService/StopMachine "{\"name\":\"$machine\"}"
act StopMachine "{\"name\":\"$machine\",\"graceSeconds\":5}"
act StartMachine "{\"name\":\"$machine\"}"
act ResizeMachine "{\"name\":\"$machine\",\"size\":\"small\",\"allowRestart\":true}"
act CreateSnapshot "{\"parent\":\"$machine\",\"snapshotId\":\"before\"}"
act RevertSnapshot "{\"name\":\"$machine/snapshots/before\"}"
call olga lifecycle.v1.LifecycleService/GetMachine "{\"name\":\"$machine\"}"
is state MACHINE_STATE_RUNNING
is memoryMib 512

echo "8. kill -9 in the middle of a second create"
order web-2
{ kill -9 "$gaond_pid"
wait "$gaond_pid"; } 2>/dev/null
start_gaond "${address##*:}"
operation_of "$order"
wait_operation rita "$operation"
there=$(python3 -c '
import json, sys, time
rows = {row["number"]: row for row in map(json.loads, open(sys.argv[1])) if "thing" not in row}
now = time.time() * 1e6
print(sum((row["next_state"] if row["due_us"] and row["due_us"] <= now else row["state"]) != 7 for row in rows.values()))' "$folder/sim.state")
[ "$there" = 2 ] || fail "the cloud has $there machines, not 2"

echo "9. what it cost"
for _ in $(seq 50); do
	call rita cost.v1.CostService/QueryCosts "{\"parent\":\"$project\",\"granularity\":\"GRANULARITY_DAY\",\"groupBy\":[\"DIMENSION_RESOURCE\"]}"
	[ -n "$(get rows.1.billedCost.amount)" ] && break
	sleep 0.2
done
[ -n "$(get rows.1.billedCost.amount)" ] || fail "the two machines cost nothing: $answer"

echo "10. the end, and the trail of it all"
call olga lifecycle.v1.LifecycleService/ListMachines "{\"parent\":\"$project\"}"
for name in $(get machines.0.name) $(get machines.1.name); do
	act DeleteMachine "{\"name\":\"$name\"}"
	call olga lifecycle.v1.LifecycleService/GetMachine "{\"name\":\"$name\"}"
	is state MACHINE_STATE_DELETED
done
call hong iam.v1.IamService/ListAuditEvents '{"parent":"tenants/gaon","pageSize":5}'
[ -n "$(get auditEvents.4.hash)" ] || fail "the audit trail is short: $answer"
call hong iam.v1.IamService/VerifyAuditChain '{}'
is valid True
echo "passed: $checks checks"
