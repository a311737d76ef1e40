//! Ctrl-C leaves nothing half done.

use rexpect::session::spawn_command;

#[test]
fn the_sandbox_is_ended_by_it_without_a_complaint() {
    let mut terminal = spawn_command(
        {
            let mut command = crate::guardctl();
            command.args(["sandbox", "--listen", "127.0.0.1:0"]);
            command
        },
        Some(20_000),
    )
    .expect("a terminal");
    terminal.exp_string("AWS_SECRET_ACCESS_KEY=test").expect("where it listens");
    terminal.send_control('c').expect("Ctrl-C");
    let rest = terminal.exp_eof().expect("its end");
    assert!(!rest.contains("error"), "{rest}");
}
