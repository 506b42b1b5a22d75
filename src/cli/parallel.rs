//! Many files on all cores, results in the order of the inputs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

/// Results that may wait for the one that is due: one slow item must not let the others pile up without bound.
pub(super) const AHEAD: usize = 256;
/// Items one thread takes at once, and results it hands over together, where there are many: waking the reader for
/// every small file costs as much as a part of judging it.
const AT_ONCE: usize = 8;
/// Longest that a result waits for others to go with.
pub(super) const PATIENCE: Duration = Duration::from_millis(2);

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
    mut each: impl FnMut(&T, R) -> Result<(), E>,
) -> Result<(), E> {
    if items.len() < 2 || threads == 0 {
        return items.iter().try_for_each(|item| each(item, work(item)));
    }
    let (next, way) = (AtomicUsize::new(0), Way::default());
    std::thread::scope(|scope| {
        // Bounded, so that results do not pile up behind a slow reader.
        let (sender, receiver) = mpsc::sync_channel(threads * 4);
        let at_once = if items.len() / threads > AT_ONCE.saturating_mul(AT_ONCE) { AT_ONCE } else { 1 };
        for _ in 0..threads.min(items.len()) {
            let (sender, next, way, work) = (sender.clone(), &next, &way, &work);
            scope.spawn(move || {
                let _guard = Unblock(way);
                loop {
                    let first = next.fetch_add(at_once, Ordering::Relaxed);
                    let taken = items.iter().enumerate().skip(first).take(at_once);
                    if taken.len() == 0 {
                        break;
                    }
                    let mut ready = Vec::with_capacity(at_once);
                    let mut since = Instant::now();
                    for (at, item) in taken {
                        // What is ready may be what everybody waits for.
                        if !ready.is_empty() && !way.is_turn(at) && sender.send(std::mem::take(&mut ready)).is_err() {
                            return;
                        }
                        way.wait_for_turn(at);
                        if way.is_stopped() {
                            return;
                        }
                        ready.push((at, work(item)));
                        if since.elapsed() > PATIENCE {
                            if sender.send(std::mem::take(&mut ready)).is_err() {
                                return;
                            }
                            since = Instant::now();
                        }
                    }
                    if !ready.is_empty() && sender.send(ready).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        tell_in_order(items, receiver, &mut each, &way)
    })
}

/// Hands each of `results`, which come in groups with the places of their items, to `each` in the items' order, and says
/// on the way how many are handed on: all there can be once `each` failed, because whoever waits for what is left out
/// then would wait for ever.
///
/// # Errors
/// The first one `each` returned; the way is stopped then, and what still comes is dropped.
pub(super) fn tell_in_order<T, R, E>(
    items: &[T],
    results: impl IntoIterator<Item = Vec<(usize, R)>>,
    each: &mut impl FnMut(&T, R) -> Result<(), E>,
    way: &Way,
) -> Result<(), E> {
    let mut waiting = BTreeMap::new();
    let mut due = 0;
    let mut outcome = Ok(());
    for ready in results {
        waiting.extend(ready);
        while let Some(result) = waiting.remove(&due) {
            if outcome.is_ok()
                && let Some(item) = items.get(due)
            {
                outcome = each(item, result);
                if outcome.is_err() {
                    way.stopped.store(true, Ordering::Relaxed);
                }
            }
            due += 1;
        }
        way.hand_on(if outcome.is_err() { usize::MAX } else { due });
    }
    outcome
}

/// How far the results are handed on, and whether any more are wanted.
#[derive(Default)]
pub(super) struct Way {
    stopped: AtomicBool,
    handed_on: Mutex<usize>,
    moved: Condvar,
}

impl Way {
    /// Nobody wants what has not begun.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Waits until the item at this place is not too far ahead of what is handed on.
    pub(super) fn wait_for_turn(&self, at: usize) {
        let mut done = self.lock();
        while !is_turn(at, *done) {
            done = self.moved.wait(done).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn is_turn(&self, at: usize) -> bool {
        is_turn(at, *self.lock())
    }

    fn hand_on(&self, due: usize) {
        let mut done = self.lock();
        *done = due.max(*done);
        drop(done);
        self.moved.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.handed_on.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_turn(at: usize, done: usize) -> bool {
    at <= done.saturating_add(AHEAD)
}

/// Lets everybody go on when a worker panics: what it was working on will never be handed on.
pub(super) struct Unblock<'a>(pub(super) &'a Way);

impl Drop for Unblock<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.hand_on(usize::MAX);
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
        assert!(begun_by_then <= AHEAD + 4 * AT_ONCE, "{begun_by_then}");
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
