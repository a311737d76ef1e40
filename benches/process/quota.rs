//! A share of a core, as a Lambda function has it by its memory size.
//!
//! Where the kernel gives us a control group for the CPU (version 1 or 2), it is the kernel that
//! stops the process, as on Lambda. Elsewhere the process is stopped and continued by signals, as
//! soon as its CPU clock says that it has had its share: rougher, but the same idea.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::time::{clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;

/// A function of so many megabytes has one core to itself.
const ONE_CORE: u32 = 1_769;

/// A function's share of a core.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Share {
    /// Of a function of so many megabytes.
    pub(crate) memory: u32,
    /// How long it has to do with what is its share of this time.
    pub(crate) period: Duration,
}

/// How quotas are imposed on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Means {
    GroupV1,
    GroupV2,
    Signals,
}

impl Means {
    /// The best that works here.
    pub(crate) fn find() -> Self {
        let tried = Share { memory: 128, period: Duration::from_millis(20) };
        [Self::GroupV2, Self::GroupV1]
            .into_iter()
            .find(|means| Quota::new(*means, tried).is_ok())
            .unwrap_or(Self::Signals)
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::GroupV1 => "control group (version 1)",
            Self::GroupV2 => "control group (version 2)",
            Self::Signals => "SIGSTOP and SIGCONT",
        }
    }
}

/// A quota for one process. Its group goes with this value.
pub(crate) struct Quota {
    group: Option<Group>,
    per_period: Duration,
    period: Duration,
}

impl Quota {
    pub(crate) fn new(means: Means, share: Share) -> io::Result<Self> {
        let Share { memory, period } = share;
        let per_period = period.mul_f64(f64::from(memory) / f64::from(ONE_CORE));
        let group = match means {
            Means::GroupV1 => {
                let group = Group::make(Path::new("/sys/fs/cgroup/cpu"), "cpu.cfs_quota_us")?;
                group.write("cpu.cfs_period_us", &period.as_micros().to_string())?;
                group.write("cpu.cfs_quota_us", &per_period.as_micros().to_string())?;
                Some(group)
            }
            Means::GroupV2 => {
                let root = Path::new("/sys/fs/cgroup");
                let handed_down = root.join("cgroup.subtree_control");
                if !fs::read_to_string(&handed_down)?.contains("cpu ") {
                    fs::write(&handed_down, "+cpu")?;
                }
                let group = Group::make(root, "cpu.max")?;
                let limit = format!("{} {}", per_period.as_micros(), period.as_micros());
                group.write("cpu.max", &limit)?;
                Some(group)
            }
            Means::Signals => None,
        };
        Ok(Self { group, per_period, period })
    }

    /// Puts a process under the quota, alone.
    pub(crate) fn take_in(&self, pid: Pid) -> io::Result<()> {
        match &self.group {
            Some(group) => group.write("cgroup.procs", &pid.to_string()),
            None => {
                let (per_period, period) = (self.per_period, self.period);
                std::thread::spawn(move || ration(pid, per_period, period));
                Ok(())
            }
        }
    }
}

/// A control group of our own, removed with this value.
struct Group(PathBuf);

impl Group {
    /// Below the root, where such a group has a file of that name.
    fn make(root: &Path, file: &str) -> io::Result<Self> {
        let group = Self(root.join(format!("cognito-domain-guard-bench-{}", std::process::id())));
        fs::create_dir(&group.0)?;
        match group.0.join(file).exists() {
            true => Ok(group),
            false => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn write(&self, file: &str, text: &str) -> io::Result<()> {
        fs::write(self.0.join(file), text)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // The kernel takes a moment to see that its last process is gone.
        for _ in 0..50 {
            if fs::remove_dir(&self.0).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Stops the process whenever it has used up its share of a period, until it is gone.
fn ration(pid: Pid, per_period: Duration, period: Duration) {
    const GLANCE: Duration = Duration::from_micros(200);
    let used = || -> nix::Result<Duration> { Ok(clock_gettime(clock_getcpuclockid(pid)?)?.into()) };
    while let (began, Ok(before)) = (Instant::now(), used()) {
        while began.elapsed() < period {
            match used() {
                Ok(now) if now.saturating_sub(before) >= per_period => {
                    // What has ended by now fails to be stopped, and then to be continued.
                    let _ = kill(pid, Signal::SIGSTOP);
                    std::thread::sleep(period.saturating_sub(began.elapsed()));
                }
                Ok(_) => std::thread::sleep(GLANCE),
                Err(_) => return,
            }
        }
        if kill(pid, Signal::SIGCONT).is_err() {
            return;
        }
    }
}
