# Thin recipes over the two commands of the repository, ./tests/run and .ci/run.

# All that a change must pass, as CI runs it.
check:
    .ci/run

# All tests, or those that the arguments select: `just test -p atalaya-core`.
test *arguments:
    ./tests/run {{ arguments }}

fmt:
    cargo fmt --all
    terraform fmt -recursive infra

lint:
    cargo clippy --workspace --all-targets --all-features -- -D warnings

# Measures; see docs for how to read the figures.
bench *arguments:
    cargo bench --workspace {{ arguments }}

# Fuzzes one target, with a nightly toolchain and cargo-fuzz: `just fuzz batch -max_total_time=60`.
fuzz target *arguments:
    cargo +nightly fuzz run --fuzz-dir tests/fuzz {{ target }} -- {{ arguments }}

# Replays files through the whole flow on this machine: `just replay --output text events`.
replay *arguments:
    cargo run --release --package atalaya-cli -- replay {{ arguments }}

deny:
    cargo deny check --hide-inclusion-graph bans licenses sources

# Measures the cold start of a function against one that does nothing.
cold-start *runs:
    cargo run --release --package atalaya-tests --bin cold-start -- {{ runs }}

# Builds the functions into dist/, as zips that Lambda takes: `just package --arch x86_64`.
package *arguments:
    cargo run --release --package atalaya-cli -- package {{ arguments }}

# Deploys Atalaya to emulators on this machine and prints what to try; Ctrl-C ends it all: `just up [ATALAYA_YAML LOG_GROUP...]`.
up *arguments:
    ./tests/run --with cargo run --package atalaya-tests --bin stack -- {{ arguments }}
