//! The child processes of `gouji convert`: each does chunks one after the other, within bounds of memory and time.
//!
//! A child that dies or takes too long over a file costs that file: the chunk is done again without it. Chunks are told as
//! lines of JSON on standard input; steps come back on standard output.

#[cfg(feature = "serve")]
pub(super) use self::child::{WorkerArgs, work, workers};
#[cfg(not(feature = "serve"))]
use crate::batch::convert::{ConvertError, InProcess, Job, Worker};

/// Without processes to spare, in this one.
#[cfg(not(feature = "serve"))]
pub(super) fn workers(
    job: &Job,
) -> impl Fn() -> Result<Box<dyn Worker>, ConvertError> + Sync + use<> {
    let worker = InProcess { limits: job.limits.clone(), options: job.options.clone() };
    move || Ok(Box::new(worker.clone()))
}

#[cfg(feature = "serve")]
mod child {
    use std::ffi::OsString;
    use std::io::{self, BufRead as _, BufReader, Write as _};
    use std::path::PathBuf;
    use std::process::{Child, ChildStdin, Command, Stdio};
    use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
    use std::thread;
    use std::time::{Duration, Instant};

    use clap::Args;
    use serde::{Deserialize, Serialize};

    use crate::batch::convert::{ConvertError, Done, Job, Step, Task, Worker, perform};
    use crate::cli::Exit;
    use crate::cli::args::Knowledge;
    use crate::cli::limits::{ChildArgs, LimitArgs};
    use crate::cli::settings::Settings;
    use crate::cli::trouble::Trouble;
    use crate::web::bounds::{self, ASKS_FOR_LITTLE, Bounds, Death};

    /// How long a child may take over one file.
    const PATIENCE: Duration = Duration::from_mins(5);
    /// Chunks after which a child is replaced, so that nothing it might lose adds up.
    const CHUNKS: u32 = 32;

    /// The arguments of a child.
    #[derive(Debug, Args)]
    pub(in crate::cli) struct WorkerArgs {
        #[command(flatten)]
        knowledge: Knowledge,
        #[command(flatten)]
        limits: LimitArgs,
        #[command(flatten)]
        child: ChildArgs,
    }

    /// What a child says.
    #[derive(Deserialize, Serialize)]
    enum Said {
        Step(Step),
        Done(Done),
        Failed(PathBuf, Option<i32>, String),
    }

    /// Children of this program.
    pub(in crate::cli) fn workers(
        limits: &LimitArgs,
        child: ChildArgs,
        known: Vec<OsString>,
        job: &Job,
    ) -> impl Fn() -> Result<Box<dyn Worker>, ConvertError> + Sync + use<> {
        let bounds = child.bounds(PATIENCE);
        let mut arguments: Vec<OsString> = vec!["convert-worker".into()];
        arguments.extend(limits.arguments());
        arguments.extend(ChildArgs::arguments(bounds));
        arguments.extend(known);
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let threads = (processors / job.jobs.unwrap_or(processors).max(1)).max(1);
        move || {
            let program = std::env::current_exe().map_err(ConvertError::Process)?;
            let arguments = arguments.clone();
            Ok(Box::new(Pool { program, arguments, bounds, threads, running: None }))
        }
    }

    /// One child at a time.
    struct Pool {
        program: PathBuf,
        arguments: Vec<OsString>,
        bounds: Bounds,
        threads: usize,
        running: Option<Running>,
    }

    struct Running {
        child: Child,
        input: ChildStdin,
        said: Receiver<Vec<u8>>,
        words: Option<thread::JoinHandle<Vec<u8>>>,
        chunks: u32,
    }

    impl Drop for Running {
        fn drop(&mut self) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    impl Running {
        /// How it died: by its last words, once it is certain that there are no more.
        fn death(mut self) -> Death {
            let _ = self.child.kill();
            let _ = self.child.wait();
            let words = self.words.take().and_then(|words| words.join().ok());
            Death::by_last_words(&words.unwrap_or_default())
        }
    }

    impl Pool {
        fn start(&self) -> io::Result<Running> {
            let mut child = Command::new(&self.program)
                .args(&self.arguments)
                .env(ASKS_FOR_LITTLE.0, ASKS_FOR_LITTLE.1)
                .env("RAYON_NUM_THREADS", self.threads.to_string())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()?;
            let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
            let input = child.stdin.take().ok_or_else(gone)?;
            let output = child.stdout.take().ok_or_else(gone)?;
            let errors = child.stderr.take().ok_or_else(gone)?;
            let (tell, said) = channel();
            thread::spawn(move || {
                for line in BufReader::new(output).split(b'\n') {
                    let Ok(line) = line else { break };
                    if tell.send(line).is_err() {
                        break;
                    }
                }
            });
            let words = thread::spawn(move || last_words(errors));
            Ok(Running { child, input, said, words: Some(words), chunks: 0 })
        }

        /// One try: what came of the task, or the file on which the child died, and how.
        fn attempt(
            &mut self,
            task: &Task,
            told: &mut dyn FnMut(Step),
        ) -> Result<Result<Done, (usize, Death)>, ConvertError> {
            let mut running = match self.running.take().filter(|running| running.chunks < CHUNKS) {
                Some(running) => running,
                None => self.start().map_err(ConvertError::Process)?,
            };
            running.chunks += 1;
            let mut at = 0;
            let mut line =
                serde_json::to_vec(task).map_err(io::Error::from).map_err(ConvertError::Process)?;
            line.push(b'\n');
            if running.input.write_all(&line).is_err() {
                return Ok(Err((at, running.death())));
            }
            let mut end = Instant::now() + self.bounds.patience;
            loop {
                let wait = end.saturating_duration_since(Instant::now());
                let line = match running.said.recv_timeout(wait) {
                    Ok(line) => line,
                    Err(RecvTimeoutError::Timeout) => return Ok(Err((at, Death::Timeout))),
                    Err(RecvTimeoutError::Disconnected) => return Ok(Err((at, running.death()))),
                };
                end = Instant::now() + self.bounds.patience;
                match serde_json::from_slice(&line) {
                    Ok(Said::Step(step)) => {
                        if let Step::Begun(file) = step {
                            at = file;
                        }
                        told(step);
                    }
                    Ok(Said::Done(done)) => {
                        self.running = Some(running);
                        return Ok(Ok(done));
                    }
                    Ok(Said::Failed(path, code, words)) => {
                        let error = match code {
                            Some(code) => io::Error::from_raw_os_error(code),
                            None => io::Error::other(words),
                        };
                        return Err(ConvertError::Write { path, error });
                    }
                    Err(_) => return Ok(Err((at, running.death()))),
                }
            }
        }
    }

    impl Worker for Pool {
        fn perform(
            &mut self,
            task: &mut Task,
            told: &mut dyn FnMut(Step),
        ) -> Result<Done, ConvertError> {
            // Files that were told of already are not told of again when the chunk is tried once more.
            let mut most = 0;
            let mut deaths = 0;
            loop {
                let mut once = |step: Step| match step {
                    Step::Ended(file, _) if file < most => {}
                    Step::Ended(file, _) => {
                        most = file + 1;
                        told(step);
                    }
                    Step::Begun(_) => told(step),
                };
                match self.attempt(task, &mut once)? {
                    Ok(done) => return Ok(done),
                    Err((file, death)) => {
                        deaths += 1;
                        if deaths > task.len() {
                            let error = io::Error::other(death.reason(self.bounds).en);
                            return Err(ConvertError::Process(error));
                        }
                        task.refuse(file, &death.refusal(self.bounds));
                        task.clear().map_err(ConvertError::Process)?;
                    }
                }
            }
        }
    }

    /// The end of what a stream says.
    fn last_words(mut stream: impl io::Read) -> Vec<u8> {
        let mut words = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = stream.read(&mut buffer) {
            words.extend_from_slice(&buffer[..read]);
            let surplus = words.len().saturating_sub(1 << 16);
            words.drain(..surplus);
        }
        words
    }

    /// The child: does the tasks that come in, until none come any more.
    pub(in crate::cli) fn work(arguments: &WorkerArgs) -> Result<Exit, Trouble> {
        let bounds = arguments.child.bounds(PATIENCE);
        bounds::bound_memory(bounds.memory).map_err(|error| {
            Trouble::new(format!("无法限定内存：{error}"), format!("cannot bound memory: {error}"))
        })?;
        let limits = arguments.limits.limits();
        let options = Settings::known(&arguments.knowledge, &[])?.options;
        let (tell, tasks) = channel();
        // Read apart, so that the end of the parent is noticed in the middle of a task.
        thread::spawn(move || {
            for line in BufReader::new(io::stdin()).split(b'\n') {
                let Ok(line) = line else { break };
                if tell.send(line).is_err() {
                    break;
                }
            }
            std::process::exit(2);
        });
        let mut out = io::stdout().lock();
        let mut lines = Vec::new();
        let mut say = |said: &Said| {
            serde_json::to_writer(&mut lines, said).map_err(io::Error::from)?;
            lines.push(b'\n');
            // The end of a file is told with what comes next: at once, for nothing is done between.
            if matches!(said, Said::Step(Step::Ended(..))) {
                return Ok(());
            }
            let written = out.write_all(&lines).and_then(|()| out.flush());
            lines.clear();
            written
        };
        while let Ok(line) = tasks.recv() {
            let Ok(task) = serde_json::from_slice::<Task>(&line) else { break };
            let done = perform(&task, &options, &limits, &mut |step| drop(say(&Said::Step(step))));
            let said = match done {
                Ok(done) => Said::Done(done),
                Err((path, error)) => Said::Failed(path, error.raw_os_error(), error.to_string()),
            };
            say(&said).map_err(|error| Trouble::printing(&error))?;
        }
        Ok(Exit::Clean)
    }
}
