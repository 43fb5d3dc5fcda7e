# shellcheck shell=bash
# Sourced by the scripts beside it: how they reach the program, wherever it runs.

# Whether the containers of this directory run.
in_containers() {
    command -v docker >/dev/null && [ -n "$(docker compose ps --quiet rag-backend 2>/dev/null)" ]
}

# run ARGUMENTS: on-prem-rag with these, in the backend's container if there is one
run() {
    if in_containers; then
        docker compose exec -T rag-backend on-prem-rag "$@"
    elif command -v on-prem-rag >/dev/null; then
        on-prem-rag "$@"
    else
        scripts/uv run --quiet on-prem-rag "$@"
    fi
}
