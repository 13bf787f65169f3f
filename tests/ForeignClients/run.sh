#!/usr/bin/env bash
# Calls the four services with clients that are not ours. Usage: tests/ForeignClients/run.sh [CONFIGURATION]   (after a build; default Release)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
configuration=${1:-Release}
work=$(mktemp -d)
server=
# Asks the services to end, but does not wait for ever.
end() {
  set +e
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null
    for _ in $(seq 100); do kill -0 "$server" 2>/dev/null || break; sleep 0.1; done
    kill -KILL "$server" 2>/dev/null
    wait "$server" 2>/dev/null
  fi
  rm -rf "$work"
}
trap end EXIT
# All of this is on one machine, where some clients would still ask a proxy.
export NO_PROXY=127.0.0.1${NO_PROXY:+,$NO_PROXY} no_proxy=127.0.0.1${no_proxy:+,$no_proxy}
npm install --silent --no-fund --no-audit --prefix "$work/node" @bufbuild/buf@1.75.0 @grpc/grpc-js@1 @grpc/proto-loader@0 >/dev/null
buf=$work/node/node_modules/.bin/buf

# Four ports in a row, below those that the system gives to outgoing connections (32768 and up). Another program may have one of them.
listens() {
  for _ in $(seq 120); do
    grep -q "http://127.0.0.1:$((port + 3))" "$work/serve.log" && return 0
    kill -0 "$server" 2>/dev/null || return 1
    sleep 1
  done
  return 1
}
for attempt in 1 2 3; do
  port=$((20000 + RANDOM % 12000))
  "$root/src/Gal.Cli/bin/$configuration/net10.0/linux-x64/gal" serve --port "$port" --data "$work/data" >"$work/serve.log" 2>&1 &
  server=$!
  listens && break
  if [ "$attempt" = 3 ] || ! grep -q "Cannot listen" "$work/serve.log"; then cat "$work/serve.log"; exit 1; fi
done

# grep reads to the end (no -q): a writer whose reader leaves early fails, and with it the pipe.
services=(CoordinatorService GenerationService TrainingService ScoringService)
for i in 0 1 2 3; do
  address=http://127.0.0.1:$((port + i))
  $buf curl --protocol grpc --http2-prior-knowledge --list-methods "$address" >"$work/methods"
  for method in "gal.v1.${services[$i]}/GetCapabilities" gal.v1.ArtifactService/DownloadArtifact grpc.health.v1.Health/Check; do
    grep -qx "$method" "$work/methods" || { echo "$address does not list $method:"; cat "$work/methods"; exit 1; }
  done
  $buf curl --protocol grpc --http2-prior-knowledge "$address/grpc.health.v1.Health/Check" | grep SERVING >/dev/null
  $buf curl --protocol grpc --http2-prior-knowledge "$address/gal.v1.${services[$i]}/GetCapabilities" | grep '"version"' >/dev/null
done
echo "buf curl: methods, health and capabilities of all four services"

curl -sf --max-time 60 -H 'content-type: application/json' -d '{"texts": ["a cat"]}' "http://127.0.0.1:$((port + 3))/v1/texts:embed" | grep '"rowCount":1' >/dev/null
curl -sf --max-time 60 "http://127.0.0.1:$((port + 3))/openapi/v1.json" | grep '/v1/texts:embed' >/dev/null
echo "curl: texts as JSON, the OpenAPI description"

NODE_PATH=$work/node/node_modules node "$here/round.js" "$root" "127.0.0.1:$((port + 1))" "127.0.0.1:$((port + 3))" "$work"

$buf build "$root" -o "$work/gal.binpb"
/usr/bin/python3 "$here/score.py" "$work/gal.binpb" "127.0.0.1:$((port + 3))" "$work"/*.png
