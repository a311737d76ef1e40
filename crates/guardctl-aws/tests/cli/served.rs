//! An embedded AWS of the test's own, and guardctl pointed at it.

use std::process::{Command, Output};

use cognito_domain_guard::domain::{
    CustomDomain, Domain, Failover, Hosting, ObservedPolicy, Status,
};
use cognito_domain_guard_sandbox::World;
use tokio::net::TcpListener;

/// A world of the test's own, served on a loopback port.
pub(crate) struct Served {
    pub(crate) world: World,
    endpoint: String,
}

impl Served {
    pub(crate) fn start() -> Self {
        Self::of(World::default())
    }

    pub(crate) fn of(world: World) -> Self {
        let (sender, receiver) = std::sync::mpsc::channel();
        let served = world.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
                sender.send(listener.local_addr().expect("its address")).expect("a listener");
                served.serve(listener).await.map(|never| match never {})
            })
        });
        let address = receiver.recv().expect("an address");
        Self { world, endpoint: format!("http://{address}") }
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub(crate) fn guardctl(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("guardctl")
    }

    /// A shell with guardctl-aws on its path, pointed at this AWS.
    pub(crate) fn shell(&self, line: &str) -> Command {
        let bin = std::path::Path::new(env!("CARGO_BIN_EXE_guardctl-aws"));
        let folder = bin.parent().expect("a folder").display();
        let mut shell = Command::new("sh");
        shell.args(["-c", line]).env("PATH", format!("{folder}:/usr/bin:/bin"));
        self.point_here(&mut shell);
        shell
    }

    /// The same, not yet started. Where no baseline is named it is the example, since the shipped one
    /// puts nothing back.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = crate::guardctl();
        command.args(arguments);
        let compares =
            ["plan", "apply", "rehearse", "replay"].iter().any(|name| arguments.contains(name));
        if compares && !arguments.contains(&"--baseline") {
            command.args(["--baseline", "baseline/example.yaml"]);
        }
        self.point_here(&mut command);
        command
    }

    fn point_here(&self, command: &mut Command) {
        command
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test");
    }
}

pub(crate) fn custom(
    name: &str,
    policy: ObservedPolicy,
    failover: bool,
    login: Option<i32>,
) -> Domain {
    Domain {
        name: name.to_owned(),
        user_pool_id: format!("eu-central-1_{}", name.replace('.', "")),
        account: Some("111122223333".to_owned()),
        status: Status::Active,
        hosting: Hosting::Custom(CustomDomain {
            certificate_arn: Some(
                "arn:aws:acm:us-east-1:111122223333:certificate/1b2c3d4e-5f60-4a7b-8c9d-0e1f2a3b4c5d"
                    .to_owned(),
            ),
            security_policy: policy,
            failover: failover.then(|| Failover {
                secondary_region: "us-west-2".to_owned(),
                primary_route53_health_check_id: "0a1b2c3d-4e5f-4607-8192-a3b4c5d6e7f8".to_owned(),
            }),
        }),
        managed_login_version: login,
    }
}

/// A custom domain below every floor.
pub(crate) fn weak(name: &str) -> Domain {
    let policy = ObservedPolicy::Known(cognito_domain_guard::domain::SecurityPolicy::TlsV1);
    custom(name, policy, false, Some(1))
}
