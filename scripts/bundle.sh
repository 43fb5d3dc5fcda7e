#!/usr/bin/env bash
# Makes the signed bundle that install.sh and upgrade.sh take: images, models, files, the program as wheels, and what
# everything is made of. Run it in a checkout on a machine that reaches registries.
set -euo pipefail
usage="usage: scripts/bundle.sh --key PRIVATE.pem [--models \"NAME:TAG …\"] [--models-dir DIRECTORY] [--base BUNDLE.tar]
         [--no-build] [--no-wheels] [DIRECTORY]
       --models      put these models in, from Ollama's folder [--models-dir, ~/.ollama/models] (ollama pull NAME:TAG)
       --base        only what changed since that bundle: the target must have it installed
       --no-build    take the image as it is
       --no-wheels   leave out the program for other machines, which use it with --url
       DIRECTORY     where the bundle goes [dist]
A key: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out PRIVATE.pem
for those who install: openssl pkey -in PRIVATE.pem -pubout -out PUBLIC.pem"
cd "$(dirname "$0")/.."
wrong() {
    printf 'scripts/bundle.sh: %s\n' "$1" >&2
    exit "${2:-2}"
}
wheels=yes key="" models="" models_dir=${OLLAMA_MODELS:-$HOME/.ollama/models} base="" build=yes out=dist
while [ "$#" -gt 0 ]; do
    case "$1" in
    -h | --help)
        sed -n '2,3s/^# //p' scripts/bundle.sh
        echo "$usage"
        exit 0
        ;;
    --no-build) build="" ;;
    --no-wheels) wheels="" ;;
    --key | --models | --models-dir | --base)
        [ "$#" -gt 1 ] || wrong "$1 needs a value."
        option=${1#--}
        declare "${option//-/_}=$2"
        shift
        ;;
    -*) wrong "there is no option $1."$'\n'"$usage" ;;
    *) out=$1 ;;
    esac
    shift
done
[ -f "$key" ] || wrong "--key PRIVATE.pem is needed, to sign with."$'\n'"$usage"
[ -z "$base" ] || [ -f "$base" ] || wrong "there is no file $base."
version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
# What the shipped files name, whatever this machine's settings are.
unset RAG_IMAGE NGINX_IMAGE POSTGRES_IMAGE OLLAMA_IMAGE PROMETHEUS_IMAGE ALERTMANAGER_IMAGE GRAFANA_IMAGE
image=on-prem-rag:$version
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
mkdir -p "$out"
work=$(mktemp -d -p "$out")
trap 'rm -rf "$work"' EXIT
mkdir "$work/images" "$work/files"
echo "$version" >"$work/VERSION"
[ -z "$base" ] || tar --extract --file "$base" --directory "$work" --to-stdout VERSION >"$work/DELTA_OF"

# in_base KIND: names of what the base has, one a line
in_base() { [ -z "$base" ] || tar --extract --file "$base" --to-stdout "$1" 2>/dev/null || true; }

if [ -n "$build" ]; then
    docker build --build-arg "VERSION=$version" --build-arg "REVISION=$revision" --tag "$image" .
fi
names=$(SERVER_NAME=any docker compose --profile '*' config --images | sort --unique)
known=$(in_base images.txt)
for name in $image $(grep -v --line-regexp --fixed-strings "$image" <<<"$names"); do
    docker image inspect "$name" >/dev/null 2>&1 || docker pull "$name"
    id=$(docker image inspect --format '{{.Id}}' "$name")
    file=images/$(tr '/:' '__' <<<"$name").tar.gz
    echo "$name $id $file" >>"$work/images.txt"
    if grep -q --fixed-strings " $id " <<<"$known"; then
        echo "$name is as in the base"
    else
        echo "Saving $name"
        docker save "$name" | gzip -1 --no-name >"$work/$file"
    fi
done

known=$(in_base models.txt)
for model in $models; do
    manifest=manifests/registry.ollama.ai/library/${model/://}
    [ -f "$models_dir/$manifest" ] || wrong "$models_dir has no model $model: ollama pull $model" 4
    echo "$model" >>"$work/models.txt"
    mkdir -p "$work/models/blobs" "$(dirname "$work/models/$manifest")"
    cp "$models_dir/$manifest" "$work/models/$manifest"
    for blob in $(grep -o 'sha256:[0-9a-f]*' "$models_dir/$manifest" | tr ':' '-' | sort --unique); do
        echo "$blob" >>"$work/models.txt"
        grep -q --line-regexp "$blob" <<<"$known" || cp "$models_dir/blobs/$blob" "$work/models/blobs/"
    done
done

cp -R docker-compose.yml docker-compose.override.yml .env.example README.md deploy docs "$work/files/"
mkdir "$work/files/scripts"
cp scripts/*.sh "$work/files/scripts/"
if [ -n "$wheels" ]; then
    echo "Making wheels"
    scripts/uv build --quiet --wheel --out-dir "$work/wheels" .
    scripts/uv export --quiet --frozen --no-dev --no-emit-project --format requirements-txt >"$work/wheels/requirements.txt"
    scripts/uv run --quiet --with pip --no-project pip --quiet download --only-binary :all: --no-deps --dest "$work/wheels" \
        --requirement "$work/wheels/requirements.txt"
    known=$(in_base SHA256SUMS | cut -d' ' -f3)
    for wheel in "$work"/wheels/*.whl; do
        ! grep -q --line-regexp --fixed-strings "wheels/${wheel##*/}" <<<"$known" || rm "$wheel"
    done
fi
scripts/sbom.sh "$work/sbom" "$image"

sums=$(cd "$work" && find . -type f -printf '%P\n' | sort | xargs -d '\n' sha256sum)
printf '%s\n' "$sums" >"$work/SHA256SUMS"
bundle=$out/on-prem-rag-$version${base:+-from-$(cat "$work/DELTA_OF")}.tar
# VERSION and lists first: they are read out of whole bundles.
mapfile -t rest < <(cd "$work" && find . -mindepth 1 -maxdepth 1 ! -name VERSION ! -name images.txt -printf '%P\n' | sort)
tar --create --file "$bundle.new" --owner 0 --group 0 --numeric-owner --directory "$work" VERSION images.txt "${rest[@]}"
openssl dgst -sha256 -sign "$key" -out "$bundle.sig" "$bundle.new"
mv "$bundle.new" "$bundle"
cp scripts/install.sh "$out/install.sh"
echo "$bundle ($(du -h "$bundle" | cut -f1)), with $bundle.sig and $out/install.sh"
