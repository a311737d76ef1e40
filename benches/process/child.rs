//! One process that is measured, from its start to its end.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::time::{clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;

use crate::quota::Quota;

/// What the kernel has accounted to a process, all its threads together.
///
/// Read from the living process, not when it is reaped: `wait4` would add what taking it apart
/// costs, which Lambda does not charge, and its peak of memory is never below that of the process
/// that started it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    /// User and system time, to the nanosecond.
    pub(crate) cpu: Duration,
    /// Kilobytes.
    pub(crate) peak_memory: u64,
    pub(crate) minor_faults: u64,
    pub(crate) major_faults: u64,
}

/// A running process, ended with this value.
pub(crate) struct Process {
    child: Child,
    /// When the program began: before the kernel loaded it.
    pub(crate) started: Instant,
    /// What had been accounted by then.
    before: Usage,
    output: Arc<Mutex<Vec<u8>>>,
    drains: Vec<JoinHandle<()>>,
}

impl Process {
    /// Starts the program, under the quota if there is one.
    ///
    /// Under a quota this program itself is started first, as the one that [waits](wait_and_become)
    /// for its group to be made and then becomes the other: so neither the group nor the waiting
    /// is part of what is measured.
    pub(crate) fn start(program: &Command, quota: Option<&Quota>) -> io::Result<Self> {
        let mut command = match quota {
            None => Command::new(program.get_program()),
            Some(_) => {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg(BECOME).arg(program.get_program());
                command
            }
        };
        command
            .args(program.get_args())
            .env_clear()
            .envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut started = Instant::now();
        let mut child = command.spawn()?;
        let output = Arc::new(Mutex::new(Vec::new()));
        let drains = [
            child.stdout.take().map(|pipe| drain(pipe, &output)),
            child.stderr.take().map(|pipe| drain(pipe, &output)),
        ];
        let drains = drains.into_iter().flatten().collect();
        let nothing =
            Usage { cpu: Duration::ZERO, peak_memory: 0, minor_faults: 0, major_faults: 0 };
        let mut process = Self { child, started, before: nothing, output, drains };
        if let Some(quota) = quota {
            quota.take_in(process.pid())?;
            // It has nothing more to do than to wait; let it come to that.
            std::thread::sleep(Duration::from_millis(25));
            process.before = usage(process.pid())?;
            started = Instant::now();
            if let Some(mut stdin) = process.child.stdin.take() {
                stdin.write_all(b"\n")?;
            }
            process.started = started;
        }
        Ok(process)
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed())
    }

    /// What it has used since its start, once it has come to rest.
    pub(crate) fn usage(&self) -> io::Result<Usage> {
        let now = self.at_rest()?;
        Ok(Usage {
            cpu: now.cpu.saturating_sub(self.before.cpu),
            peak_memory: now.peak_memory,
            minor_faults: now.minor_faults.saturating_sub(self.before.minor_faults),
            major_faults: now.major_faults.saturating_sub(self.before.major_faults),
        })
    }

    /// It has asked for the next event and is about to wait for it; what it does until then counts.
    fn at_rest(&self) -> io::Result<Usage> {
        let mut last = usage(self.pid())?;
        for _ in 0..100 {
            std::thread::sleep(Duration::from_millis(2));
            let now = usage(self.pid())?;
            if now.cpu == last.cpu {
                return Ok(now);
            }
            last = now;
        }
        Ok(last)
    }

    /// Ends it, and returns what it printed.
    pub(crate) fn end(mut self) -> String {
        self.stop();
        let output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&output).into_owned()
    }

    fn stop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        for drain in self.drains.drain(..) {
            let _ = drain.join();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Reads what the process prints, as Lambda does, so that it never waits for a reader.
fn drain<R>(mut pipe: R, output: &Arc<Mutex<Vec<u8>>>) -> JoinHandle<()>
where
    R: io::Read + Send + 'static,
{
    let output = Arc::clone(output);
    std::thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        while let Ok(length @ 1..) = pipe.read(&mut buffer) {
            let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
            output.extend_from_slice(&buffer[..length]);
        }
    })
}

fn usage(pid: Pid) -> io::Result<Usage> {
    let cpu = clock_gettime(clock_getcpuclockid(pid)?)?;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name comes first, in brackets, and may hold anything.
    let fields: Vec<&str> =
        stat.rsplit(')').next().unwrap_or_default().split_ascii_whitespace().collect();
    let field = |number: usize| fields.get(number - 3).and_then(|field| field.parse().ok());
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok());
    Ok(Usage {
        cpu: cpu.into(),
        peak_memory: peak.unwrap_or(0),
        minor_faults: field(10).unwrap_or(0),
        major_faults: field(12).unwrap_or(0),
    })
}

/// The first argument with which this program becomes another.
pub(crate) const BECOME: &str = "--become";

/// Waits for a line, and becomes the program that the arguments name.
pub(crate) fn wait_and_become(mut arguments: impl Iterator<Item = String>) -> io::Error {
    use std::os::unix::process::CommandExt as _;
    let Some(program) = arguments.next() else {
        return io::Error::other("no program");
    };
    let mut byte = [0];
    match io::stdin().read_exact(&mut byte) {
        Ok(()) => Command::new(program).args(arguments).exec(),
        // Nobody is there to measure it.
        Err(error) => error,
    }
}
