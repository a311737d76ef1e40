# What people do here, as commands. `just --list` shows them.

# Play an event against the embedded AWS stand-in.
replay event="events/update-weakens-tls.json":
    cargo run --locked -p guardctl -- replay {{event}}

# Everything that needs nothing but Rust.
test:
    cargo test --locked --workspace

# Look for inputs that break it, for so long.
fuzz time="10m":
    scripts/fuzz {{time}}

# What CI does.
ci:
    .ci/run

# Render notices and other expected texts again.
update:
    UPDATE_EXPECT=1 cargo test --locked --workspace

# Build the Lambda and deploy it.
deploy:
    sam build && sam deploy --guided
