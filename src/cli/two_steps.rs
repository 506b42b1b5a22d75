//! Work in two steps on many files: the second waits more than it works, for a disk, and has threads of its own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::Scope;
use std::time::Instant;

use super::parallel::{AHEAD, PATIENCE, Unblock, Way, tell_in_order};

/// Made things that may wait for a finisher before there is one more: no more threads than a quick disk keeps busy, and
/// few things behind a slow one.
const WAITING: usize = 2;

/// Runs `work` on every item with up to `threads.0` threads and `finish` on what it makes with up to `threads.1` others,
/// and hands each result to `each` in the items' order, soon after it and all before it are there. When `each` fails,
/// work that has not begun is left out.
///
/// # Errors
/// The first one `each` returned.
pub(crate) fn in_two_steps<T: Sync, M: Send, R: Send, E>(
    items: &[T],
    threads: (usize, usize),
    work: impl Fn(&T) -> M + Sync,
    finish: impl Fn(M) -> R + Sync,
    mut each: impl FnMut(&T, R) -> Result<(), E>,
) -> Result<(), E> {
    if items.len() < 2 {
        return items.iter().try_for_each(|item| each(item, finish(work(item))));
    }
    let (workers, most_finishers) = threads;
    let way = Way::default();
    let (next, finishers) = (AtomicUsize::new(0), AtomicUsize::new(1));
    let (way, next, finishers, work, finish) = (&way, &next, &finishers, &work, &finish);
    std::thread::scope(|scope| {
        let (made, unfinished) = mpsc::sync_channel(WAITING);
        let (done, results) = mpsc::sync_channel(AHEAD);
        let unfinished = Arc::new(Mutex::new(unfinished));
        // Without finishers there is none left: then nobody waits for room.
        let another = Arc::downgrade(&unfinished);
        spawn_finisher(scope, unfinished, done.clone(), finish, way);
        for _ in 0..workers.clamp(1, items.len()) {
            let (made, done, another) = (made.clone(), done.clone(), Weak::clone(&another));
            scope.spawn(move || {
                let _guard = Unblock(way);
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(at) else { break };
                    way.wait_for_turn(at);
                    if way.is_stopped() {
                        break;
                    }
                    let mut one = (at, work(item));
                    one = match made.try_send(one) {
                        Ok(()) => continue,
                        Err(TrySendError::Full(one) | TrySendError::Disconnected(one)) => one,
                    };
                    if finishers.fetch_add(1, Ordering::Relaxed) < most_finishers
                        && let Some(unfinished) = another.upgrade()
                    {
                        spawn_finisher(scope, unfinished, done.clone(), finish, way);
                    }
                    if made.send(one).is_err() {
                        break;
                    }
                }
            });
        }
        drop((made, done));
        tell_in_order(items, results, &mut each, way)
    })
}

type Numbered<T> = (usize, T);

fn spawn_finisher<'scope, 'env, M: Send + 'scope, R: Send + 'scope>(
    scope: &'scope Scope<'scope, 'env>,
    unfinished: Arc<Mutex<Receiver<Numbered<M>>>>,
    done: SyncSender<Vec<Numbered<R>>>,
    finish: &'scope (impl Fn(M) -> R + Sync),
    way: &'scope Way,
) {
    scope.spawn(move || {
        let _guard = Unblock(way);
        let mut ready = Vec::new();
        let mut since = Instant::now();
        loop {
            // Whoever waits holds the lock; the others wait for it, but not with results that somebody waits for.
            let next = if ready.is_empty() {
                unfinished.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
            } else {
                unfinished.try_lock().ok().and_then(|unfinished| unfinished.try_recv().ok())
            };
            let is_time = match next {
                Some((at, made)) => {
                    if ready.is_empty() {
                        since = Instant::now();
                    }
                    ready.push((at, finish(made)));
                    since.elapsed() >= PATIENCE
                }
                None if ready.is_empty() => break,
                None => true,
            };
            if is_time {
                // Nobody listens any more where the reader panicked.
                let _ = done.send(std::mem::take(&mut ready));
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn a_second_step_that_waits_keeps_the_order_and_does_not_hold_up_the_first() {
        let items: Vec<u64> = (0..64).collect();
        // Nobody passes before four stand here at one time, with one thread for the first step.
        let gate = Barrier::new(4);
        let finish = |made: u64| {
            gate.wait();
            made + 1
        };
        let mut got = Vec::new();
        let each = |_: &u64, result| {
            got.push(result);
            Ok(())
        };
        let outcome: Result<(), ()> = in_two_steps(&items, (1, 16), |n| n * 2, finish, each);
        assert_eq!(outcome, Ok(()));
        assert_eq!(got, items.iter().map(|n| n * 2 + 1).collect::<Vec<_>>());
    }

    #[test]
    fn a_failing_reader_stops_the_work() {
        let items: Vec<usize> = (0..10_000).collect();
        let begun = AtomicUsize::new(0);
        let work = |n: &usize| {
            begun.fetch_add(1, Ordering::Relaxed);
            *n
        };
        let outcome = in_two_steps(&items, (2, 2), work, |n| n, |_, n| if n == 3 { Err(n) } else { Ok(()) });
        assert_eq!(outcome, Err(3));
        assert!(begun.load(Ordering::Relaxed) < 10_000);
    }

    #[test]
    fn one_item_and_none_are_worked_on_too() {
        for count in [0_usize, 1] {
            let items: Vec<usize> = (0..count).collect();
            let mut got = 0;
            let each = |_: &usize, n: usize| {
                got += n + 1;
                Ok::<(), ()>(())
            };
            assert_eq!(in_two_steps(&items, (4, 4), |n| *n, |n| n, each), Ok(()));
            assert_eq!(got, count);
        }
    }
}
