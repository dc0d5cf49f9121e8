//! The number of requests that may be under way at once.
//!
//! A burst of events should not open as many connections at once as the most that are allowed. So the number is small
//! at first, and grows with the answers while events wait, as TCP's slow start does.

/// The number of requests to begin with.
const START: usize = 4;

/// The number of requests that may be under way.
#[derive(Debug)]
pub struct Window {
    size: usize,
    most: usize,
}

impl Window {
    /// Makes the window of a burst's beginning, which grows up to `most`.
    pub fn new(most: usize) -> Self {
        Window {
            size: START.min(most),
            most,
        }
    }

    /// Returns the number of requests that may be under way if this many of them hang. They do not count: the window
    /// would never grow if they filled it.
    pub fn limit(&self, hanging: usize) -> usize {
        self.size.saturating_add(hanging).min(self.most)
    }

    /// Returns the most requests that are ever under way.
    pub fn most(&self) -> usize {
        self.most
    }

    /// Notes an answer while events wait that the window keeps back.
    pub fn grow(&mut self) {
        self.size = (self.size + 1).min(self.most);
    }

    /// Notes that the service limits the client's requests.
    pub fn halve(&mut self) {
        self.size = (self.size / 2).max(START.min(self.most));
    }

    /// Begins anew: the last burst is long over, or the service seems to be down.
    pub fn restart(&mut self) {
        self.size = START.min(self.most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_doubles_with_each_round_of_answers_up_to_the_most() {
        let mut window = Window::new(64);
        for size in [4, 8, 16, 32, 64, 64] {
            assert_eq!(window.limit(0), size);
            (0..size).for_each(|_| window.grow());
        }
        window.halve();
        assert_eq!(window.limit(0), 32);
        assert_eq!(window.limit(7), 39);
        assert_eq!(window.limit(1_000), 64);
        (0..10).for_each(|_| window.halve());
        assert_eq!(window.limit(0), START);
        window.grow();
        window.restart();
        assert_eq!(window.limit(0), START);
    }

    #[test]
    fn the_most_may_be_less_than_the_beginning() {
        let mut window = Window::new(1);
        window.halve();
        window.restart();
        assert_eq!((window.limit(0), window.limit(9), window.most()), (1, 1, 1));
    }
}
