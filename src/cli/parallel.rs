//! Many files on all cores, results in the order of the inputs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError, mpsc};

/// Results that may wait for the one that is due: one slow item must not let the others pile up without bound.
const AHEAD: usize = 256;

/// Threads worth starting here.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Runs `work` on every item with up to `threads` threads and hands each result to `each` in the items' order, as
/// soon as it and all before it are there. When `each` fails, work that has not begun is left out.
///
/// # Errors
/// The first one `each` returned.
pub(crate) fn in_order<T: Sync, R: Send, E>(
    items: &[T],
    threads: usize,
    work: impl Fn(&T) -> R + Sync,
    each: impl FnMut(&T, R) -> Result<(), E>,
) -> Result<(), E> {
    in_two_steps(items, (threads, 0), work, |result| result, each)
}

/// As [`in_order`], with a second step that waits more than it works: it runs on threads of its own, so that those of the
/// first go on meanwhile. `threads` are how many the steps get; without any the second runs where the first did.
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
    let (workers, finishers) = (threads.0.min(items.len()), threads.1.min(items.len()));
    if items.len() < 2 || workers < 2 && finishers == 0 {
        return items.iter().try_for_each(|item| each(item, finish(work(item))));
    }
    let next = AtomicUsize::new(0);
    let stopped = AtomicBool::new(false);
    let (handed_on, moved) = (Mutex::new(0_usize), Condvar::new());
    // Bounded, so that results do not pile up behind a slow reader.
    let (to_finish, unfinished) = mpsc::sync_channel(finishers);
    let unfinished = Mutex::new(unfinished);
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel(workers * 4);
        for _ in 0..workers {
            let (sender, to_finish) = (sender.clone(), to_finish.clone());
            let (next, stopped, work, finish) = (&next, &stopped, &work, &finish);
            let (handed_on, moved) = (&handed_on, &moved);
            scope.spawn(move || {
                let _guard = Unblock(handed_on, moved);
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(at) else { break };
                    let mut done = handed_on.lock().unwrap_or_else(PoisonError::into_inner);
                    while at > done.saturating_add(AHEAD) {
                        done = moved.wait(done).unwrap_or_else(PoisonError::into_inner);
                    }
                    drop(done);
                    if stopped.load(Ordering::Relaxed) {
                        break;
                    }
                    let made = work(item);
                    let gone = match finishers {
                        0 => sender.send((at, finish(made))).is_err(),
                        _ => to_finish.send((at, made)).is_err(),
                    };
                    if gone {
                        break;
                    }
                }
            });
        }
        drop(to_finish);
        for _ in 0..finishers {
            let (sender, unfinished, finish) = (sender.clone(), &unfinished, &finish);
            let (handed_on, moved) = (&handed_on, &moved);
            scope.spawn(move || {
                let _guard = Unblock(handed_on, moved);
                loop {
                    // Whoever waits holds the lock; the others wait for it.
                    let made = unfinished.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok((at, made)) = made else { break };
                    if sender.send((at, finish(made))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        let mut due = 0;
        let mut outcome = Ok(());
        for (at, result) in receiver {
            waiting.insert(at, result);
            while let Some(result) = waiting.remove(&due) {
                if outcome.is_ok()
                    && let Some(item) = items.get(due)
                {
                    outcome = each(item, result);
                    if outcome.is_err() {
                        stopped.store(true, Ordering::Relaxed);
                    }
                }
                due += 1;
                let mut done = handed_on.lock().unwrap_or_else(PoisonError::into_inner);
                *done = due.max(*done);
                drop(done);
                moved.notify_all();
            }
        }
        outcome
    })
}

/// Lets everybody go on when a worker panics: what it was working on will never be handed on.
struct Unblock<'a>(&'a Mutex<usize>, &'a Condvar);

impl Drop for Unblock<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = usize::MAX;
            self.1.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let items: Vec<u64> = (0..200).collect();
        let slow_start = |n: &u64| {
            std::thread::sleep(std::time::Duration::from_micros(if n.is_multiple_of(7) { 500 } else { 0 }));
            n * 2
        };
        let mut got = Vec::new();
        let outcome: Result<(), ()> = in_order(&items, 4, slow_start, |item, result| {
            got.push((*item, result));
            Ok(())
        });
        assert_eq!(outcome, Ok(()));
        assert_eq!(got, items.iter().map(|n| (*n, n * 2)).collect::<Vec<_>>());
    }

    #[test]
    fn a_second_step_that_waits_keeps_the_order_and_does_not_hold_up_the_first() {
        let items: Vec<u64> = (0..64).collect();
        let wait = std::time::Duration::from_millis(20);
        let finish = |made: u64| {
            std::thread::sleep(wait);
            made + 1
        };
        let began = std::time::Instant::now();
        let mut got = Vec::new();
        let outcome: Result<(), ()> = in_two_steps(
            &items,
            (1, 16),
            |n| n * 2,
            finish,
            |_, result| {
                got.push(result);
                Ok(())
            },
        );
        assert_eq!(outcome, Ok(()));
        assert_eq!(got, items.iter().map(|n| n * 2 + 1).collect::<Vec<_>>());
        // One after the other it would be 64 waits.
        assert!(began.elapsed() < wait * 48);
    }

    #[test]
    fn a_failing_reader_stops_work_of_two_steps() {
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
    fn a_slow_item_stops_the_others_before_they_are_too_far_ahead() {
        let items: Vec<usize> = (0..2_000).collect();
        let begun = AtomicUsize::new(0);
        let slow_start = |n: &usize| {
            begun.fetch_add(1, Ordering::Relaxed);
            if *n == 0 {
                std::thread::sleep(std::time::Duration::from_millis(100));
                return begun.load(Ordering::Relaxed);
            }
            0
        };
        let mut begun_by_then = 0;
        let outcome: Result<(), ()> = in_order(&items, 4, slow_start, |item, result| {
            if *item == 0 {
                begun_by_then = result;
            }
            Ok(())
        });
        assert_eq!(outcome, Ok(()));
        assert!(begun_by_then <= AHEAD + 4, "{begun_by_then}");
        assert_eq!(begun.load(Ordering::Relaxed), items.len());
    }

    #[test]
    fn a_failing_reader_stops_the_work() {
        let items: Vec<usize> = (0..10_000).collect();
        let begun = AtomicUsize::new(0);
        let outcome = in_order(
            &items,
            2,
            |n| {
                begun.fetch_add(1, Ordering::Relaxed);
                *n
            },
            |_, n| if n == 3 { Err(n) } else { Ok(()) },
        );
        assert_eq!(outcome, Err(3));
        assert!(begun.load(Ordering::Relaxed) < 10_000);
    }
}
