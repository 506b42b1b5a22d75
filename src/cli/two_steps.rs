//! Work in two steps on many files: the second waits more than it works, for a disk, and has threads of its own.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use super::parallel::in_order;

/// Runs `work` on every item with up to `threads.0` threads and `finish` on what it makes with up to `threads.1` others,
/// and hands each result to `each` in the items' order, as soon as it and all before it are there. When `each` fails, work
/// that has not begun is left out.
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
    let (workers, finishers) = threads;
    let finishers = finishers.clamp(1, items.len().max(1));
    std::thread::scope(|scope| {
        // Bounded, so that made things do not pile up behind a slow disk.
        let (made, unfinished) = mpsc::sync_channel::<(M, Sender<R>)>(finishers);
        let unfinished = Arc::new(Mutex::new(unfinished));
        for _ in 0..finishers {
            let (unfinished, finish) = (Arc::clone(&unfinished), &finish);
            scope.spawn(move || {
                loop {
                    // Whoever waits holds the lock; the others wait for it.
                    let next = unfinished.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok((made, reply)) = next else { break };
                    // Nobody listens any more once `each` failed.
                    let _ = reply.send(finish(made));
                }
            });
        }
        drop(unfinished);
        let first = |item: &T| -> Receiver<R> {
            let (reply, result) = mpsc::channel();
            // When no finisher is left, all of them panicked, and that is told when their threads are joined.
            let _ = made.send((work(item), reply));
            result
        };
        // One thread alone would be made to wait for each result in turn.
        let outcome = in_order(items, workers.max(2), first, |item, result| match result.recv() {
            Ok(result) => each(item, result),
            Err(_) => Ok(()),
        });
        drop(made);
        outcome
    })
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
