//! A work budget: every loop over bytes from outside spends from one and stops when it is gone.

/// Units of work left; what a unit is belongs to the caller (objects read, signatures checked, nodes visited).
#[derive(Clone, Debug)]
pub struct Budget {
    left: u64,
}

/// The input asked for more work than the caller allows.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the input needs more work than is allowed")]
pub struct Exhausted;

impl Budget {
    /// A budget of `units`.
    pub const fn new(units: u64) -> Self {
        Budget { left: units }
    }

    /// Spends `units`.
    ///
    /// # Errors
    /// [`Exhausted`] when fewer are left; the budget is then empty.
    pub fn spend(&mut self, units: u64) -> Result<(), Exhausted> {
        match self.left.checked_sub(units) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                self.left = 0;
                Err(Exhausted)
            }
        }
    }

    /// Units not yet spent.
    pub fn left(&self) -> u64 {
        self.left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_unit_can_be_spent_and_no_more() {
        let mut budget = Budget::new(2);
        assert_eq!(budget.spend(2), Ok(()));
        assert_eq!(budget.spend(1), Err(Exhausted));
    }
}
