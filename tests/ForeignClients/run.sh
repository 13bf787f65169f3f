#!/usr/bin/env bash
# Calls the four services with clients that are not ours. Usage: tests/ForeignClients/run.sh [CONFIGURATION]   (after a build; default Release)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
configuration=${1:-Release}
work=$(mktemp -d)
port=$((20000 + RANDOM % 20000))
npm install --silent --no-fund --no-audit --prefix "$work/node" @bufbuild/buf@1.75.0 @grpc/grpc-js@1 @grpc/proto-loader@0 >/dev/null
buf=$work/node/node_modules/.bin/buf

"$root/src/Gal.Cli/bin/$configuration/net10.0/linux-x64/gal" serve --port "$port" --data "$work/data" >"$work/serve.log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; rm -rf "$work"' EXIT
for _ in $(seq 120); do
  grep -q "http://127.0.0.1:$((port + 3))" "$work/serve.log" && break
  kill -0 "$server" || { cat "$work/serve.log"; exit 1; }
  sleep 1
done

services=(CoordinatorService GenerationService TrainingService ScoringService)
for i in 0 1 2 3; do
  address=http://127.0.0.1:$((port + i))
  $buf curl --protocol grpc --http2-prior-knowledge --list-methods "$address" >"$work/methods"
  for method in "gal.v1.${services[$i]}/GetCapabilities" gal.v1.ArtifactService/DownloadArtifact grpc.health.v1.Health/Check; do
    grep -qx "$method" "$work/methods" || { echo "$address does not list $method:"; cat "$work/methods"; exit 1; }
  done
  $buf curl --protocol grpc --http2-prior-knowledge "$address/grpc.health.v1.Health/Check" | grep -q SERVING
  $buf curl --protocol grpc --http2-prior-knowledge "$address/gal.v1.${services[$i]}/GetCapabilities" | grep -q '"version"'
done
echo "buf curl: methods, health and capabilities of all four services"

curl -sf -H 'content-type: application/json' -d '{"texts": ["a cat"]}' "http://127.0.0.1:$((port + 3))/v1/texts:embed" | grep -q '"rowCount":1'
curl -sf "http://127.0.0.1:$((port + 3))/openapi/v1.json" | grep -q '/v1/texts:embed'
echo "curl: texts as JSON, the OpenAPI description"

NODE_PATH=$work/node/node_modules node "$here/round.js" "$root" "127.0.0.1:$((port + 1))" "127.0.0.1:$((port + 3))" "$work"

$buf build "$root" -o "$work/gal.binpb"
/usr/bin/python3 "$here/score.py" "$work/gal.binpb" "127.0.0.1:$((port + 3))" "$work"/*.png
