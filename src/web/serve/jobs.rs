//! The jobs at hand: a folder each, found by a random name, kept for a while.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::sync::{Semaphore, SemaphorePermit, watch};

use super::private::{self, Root};
use super::{Settings, Shared};
use crate::model::hexadecimal;

/// Another computer's share of the jobs is one in so many: who makes them without end shuts out nobody else.
const SHARE: usize = 4;

/// How far a job is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Files may come.
    Open,
    /// Its turn has not come.
    Waiting,
    /// How many files were begun, and the name of the last.
    Running(usize, String),
    /// The view is there.
    Done,
    /// Stopped by a limit, or the engine broke.
    Failed(&'static str),
}

/// One packet and what came of it.
pub(super) struct Job {
    folder: TempDir,
    /// Who made it.
    sender: IpAddr,
    pub(super) stage: Mutex<Stage>,
    /// The names of the files, by number.
    pub(super) names: Mutex<Vec<String>>,
    used: Mutex<Instant>,
    /// Whether the job was thrown away.
    dropped: watch::Sender<bool>,
    bytes: AtomicU64,
}

impl Job {
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn file(&self, number: usize) -> PathBuf {
        self.folder.path().join(format!("in-{number}"))
    }

    pub(super) fn stage(&self) -> Stage {
        lock(&self.stage).clone()
    }

    /// Done when the job is thrown away.
    pub(super) async fn dropped(&self) {
        let _ = self.dropped.subscribe().wait_for(|dropped| *dropped).await;
    }

    pub(super) fn set(&self, stage: Stage) {
        *lock(&self.stage) = stage;
    }
}

/// All jobs, and the turns of those that wait.
pub(super) struct Jobs {
    all: Mutex<HashMap<String, Arc<Job>>>,
    root: Mutex<Option<Root>>,
    most: usize,
    turns: Semaphore,
    waiting: AtomicUsize,
    most_waiting: usize,
    disk: AtomicU64,
    most_disk: u64,
}

impl Jobs {
    pub(super) fn new(settings: &Settings) -> io::Result<Self> {
        Ok(Self {
            all: Mutex::default(),
            root: Mutex::new(Some(Root::new()?)),
            most: settings.jobs,
            turns: Semaphore::new(settings.workers.max(1)),
            waiting: AtomicUsize::new(0),
            most_waiting: settings.waiting,
            disk: AtomicU64::new(0),
            most_disk: settings.disk,
        })
    }

    /// The folder of all jobs.
    pub(super) fn root(&self) -> Option<PathBuf> {
        lock(&self.root).as_ref().map(|root| root.folder.path().to_owned())
    }

    /// A new job, in place of the longest unused one when there are too many: the sender's own, when another computer has
    /// its share already, or one of whoever has most. `None` when all of these are in use.
    pub(super) fn create(&self, sender: IpAddr) -> io::Result<Option<String>> {
        let name = random_name()?;
        let Some(root) = self.root() else { return Ok(None) };
        let folder = private::folder("job-", &root)?;
        let mut all = lock(&self.all);
        let mut shares: HashMap<IpAddr, usize> = HashMap::new();
        all.values().for_each(|job| *shares.entry(job.sender).or_default() += 1);
        let own = shares.get(&sender).copied().unwrap_or(0);
        let from = if !sender.is_loopback() && own >= (self.most / SHARE).max(1) {
            Some(sender)
        } else if all.len() >= self.most {
            shares.into_iter().max_by_key(|(address, share)| (*share, *address)).map(|most| most.0)
        } else {
            None
        };
        if let Some(from) = from {
            let idle = |job: &Job| !matches!(job.stage(), Stage::Waiting | Stage::Running(..));
            let oldest = all
                .iter()
                .filter(|(_, job)| job.sender == from && idle(job))
                .filter(|(_, job)| lock(&job.used).elapsed() > Duration::from_mins(1))
                .min_by_key(|(_, job)| *lock(&job.used))
                .map(|(name, _)| name.clone());
            let Some(oldest) = oldest else { return Ok(None) };
            self.forget(all.remove(&oldest));
        }
        let job = Job {
            folder,
            sender,
            stage: Mutex::new(Stage::Open),
            names: Mutex::default(),
            used: Mutex::new(Instant::now()),
            dropped: watch::Sender::new(false),
            bytes: AtomicU64::new(0),
        };
        all.insert(name.clone(), Arc::new(job));
        Ok(Some(name))
    }

    /// The job of that name, used now.
    pub(super) fn get(&self, name: &str) -> Option<Arc<Job>> {
        let job = Arc::clone(lock(&self.all).get(name)?);
        *lock(&job.used) = Instant::now();
        Some(job)
    }

    /// Throws a job away, stopping its work.
    pub(super) fn remove(&self, name: &str) -> bool {
        let job = lock(&self.all).remove(name);
        let found = job.is_some();
        self.forget(job);
        found
    }

    fn forget(&self, job: Option<Arc<Job>>) {
        if let Some(job) = job {
            job.dropped.send_replace(true);
            self.disk.fetch_sub(job.bytes.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    /// Sets bytes of the disk aside for a job; `false` when there are none left, or its sender has half of them.
    pub(super) fn reserve(&self, job: &Job, bytes: u64) -> bool {
        let own: u64 = lock(&self.all)
            .values()
            .filter(|other| other.sender == job.sender)
            .map(|other| other.bytes.load(Ordering::Relaxed))
            .sum();
        if !job.sender.is_loopback() && own + bytes > self.most_disk / 2 {
            return false;
        }
        let before = self.disk.fetch_add(bytes, Ordering::Relaxed);
        if before + bytes > self.most_disk {
            self.disk.fetch_sub(bytes, Ordering::Relaxed);
            return false;
        }
        job.bytes.fetch_add(bytes, Ordering::Relaxed);
        true
    }

    /// Waits for a turn; `None` when too many wait already.
    pub(super) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        if let Ok(permit) = self.turns.try_acquire() {
            return Some(permit);
        }
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= self.most_waiting {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        let permit = self.turns.acquire().await.ok();
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        permit
    }

    /// Whether one more may wait.
    pub(super) fn has_room(&self) -> bool {
        self.turns.available_permits() > 0
            || self.waiting.load(Ordering::Relaxed) < self.most_waiting
    }

    /// Deletes everything.
    pub(super) fn clear(&self) {
        let names: Vec<String> = lock(&self.all).keys().cloned().collect();
        for name in names {
            self.remove(&name);
        }
        if let Some(root) = lock(&self.root).take() {
            let _ = root.folder.close();
        }
    }

    fn expired(&self, keep: Duration) -> Vec<String> {
        lock(&self.all)
            .iter()
            .filter(|(_, job)| lock(&job.used).elapsed() > keep)
            .map(|(name, _)| name.clone())
            .collect()
    }
}

/// Throws away jobs that nobody has asked for in a while.
pub(super) async fn sweep(shared: Arc<Shared>) {
    loop {
        tokio::time::sleep(Duration::from_secs(30).min(shared.settings.keep)).await;
        for name in shared.jobs.expired(shared.settings.keep) {
            shared.jobs.remove(&name);
        }
    }
}

/// 128 random bits in hexadecimal.
pub(super) fn random_name() -> io::Result<String> {
    let mut bits = [0_u8; 16];
    getrandom::fill(&mut bits).map_err(io::Error::other)?;
    Ok(hexadecimal(&bits))
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::serve::Engine;

    #[test]
    fn who_makes_jobs_without_end_shuts_out_nobody_else() {
        let settings = Settings { jobs: 20, disk: 1_000, ..Settings::new(Engine::Here) };
        let jobs = Jobs::new(&settings).unwrap();
        let address = |last: u8| IpAddr::from([192, 168, 0, last]);
        let first = jobs.create(address(2)).unwrap().unwrap();
        let made = (0..100).filter(|_| jobs.create(address(1)).unwrap().is_some()).count();
        assert_eq!(made, 5, "a quarter");
        assert!(jobs.get(&first).is_some(), "nobody else's is thrown away");
        let mine = jobs.create(address(3)).unwrap().unwrap();
        let job = jobs.get(&mine).unwrap();
        assert!(jobs.reserve(&job, 400) && !jobs.reserve(&job, 200), "half of the disk");
        assert!(jobs.reserve(&jobs.get(&first).unwrap(), 200));
        let own = (0..20).filter(|_| jobs.create([127, 0, 0, 1].into()).unwrap().is_some()).count();
        assert_eq!(own, 13, "this computer has all that is left");
        jobs.clear();
    }
}
