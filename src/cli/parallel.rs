//! Many files on all cores, results in the order of the inputs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

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
    if items.len() < 2 || threads < 2 {
        return items.iter().try_for_each(|item| each(item, work(item)));
    }
    let next = AtomicUsize::new(0);
    let stopped = AtomicBool::new(false);
    std::thread::scope(|scope| {
        // Bounded, so that results do not pile up behind a slow reader.
        let (sender, receiver) = mpsc::sync_channel(threads * 4);
        for _ in 0..threads.min(items.len()) {
            let (sender, next, stopped, work) = (sender.clone(), &next, &stopped, &work);
            scope.spawn(move || {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(at) else { break };
                    if stopped.load(Ordering::Relaxed) || sender.send((at, work(item))).is_err() {
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
            }
        }
        outcome
    })
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
