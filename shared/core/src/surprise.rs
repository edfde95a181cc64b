//! How surprising counts are, in nats: `-ln` of an upper bound on their probability.
//!
//! All are large-deviation bounds, which hold at any count, three requests at night included, and need nothing
//! but logarithms. A surprise of 14 is a chance below one in a million.

/// Returns the surprise of at least `k` of `n` where each comes with probability `p`: `n · KL(k/n ‖ p)`.
///
/// Source: Hoeffding, "Probability inequalities for sums of bounded random variables", JASA 58 (1963), theorem 1.
pub(crate) fn of_many(k: f64, n: f64, p: f64) -> f64 {
    let p = p.clamp(1e-6, 1.0 - 1e-6);
    if n <= 0.0 || k <= n * p {
        return 0.0;
    }
    let share = (k / n).min(1.0);
    let rest = if share < 1.0 {
        (1.0 - share) * ((1.0 - share) / (1.0 - p)).ln()
    } else {
        0.0
    };
    n * (share * (share / p).ln() + rest)
}

/// Returns the surprise of at least `seen` where `due` are expected, with a variance of `inflation · due`.
///
/// The Poisson bound is `due - seen + seen · ln(seen/due)` on this side too, and divided in the same way.
pub(crate) fn of_much(seen: f64, due: f64, inflation: f64) -> f64 {
    if seen <= due || due <= 0.0 {
        return 0.0;
    }
    (due - seen + seen * (seen / due).ln()) / inflation.max(1.0)
}

/// Returns the surprise of at most `seen` where `due` are expected, with a variance of `inflation · due`.
///
/// The Poisson bound is `due - seen + seen · ln(seen/due)` (Mitzenmacher and Upfal, "Probability and Computing",
/// theorem 5.4); it is divided by the inflation as a quasi-likelihood deviance is by its dispersion (McCullagh and
/// Nelder, "Generalized Linear Models", chapter 9).
pub(crate) fn of_few(seen: f64, due: f64, inflation: f64) -> f64 {
    if seen >= due {
        return 0.0;
    }
    let logs = if seen > 0.0 {
        seen * (seen / due).ln()
    } else {
        0.0
    };
    (due - seen + logs) / inflation.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_above_the_exact_tail_and_near_it() {
        // Exact tails: P(X >= 8), X ~ B(10, 0.05) = 1.6e-9; P(X >= 5), X ~ B(40, 0.004) = 5.9e-7;
        // P(X <= 0), X ~ Poisson(15) = 3.1e-7; P(X <= 10), X ~ Poisson(50) = 1.2e-12.
        let rows = [
            (of_many(8.0, 10.0, 0.05), 1.6e-9_f64),
            (of_many(5.0, 40.0, 0.004), 5.9e-7),
            (of_few(0.0, 15.0, 1.0), 3.0e-7),
            (of_few(10.0, 50.0, 1.0), 1.2e-12),
        ];
        for (surprise, exact) in rows {
            let bound = (-surprise).exp();
            assert!(
                bound >= exact && bound < 40.0 * exact,
                "{bound:e} {exact:e}"
            );
        }
    }

    #[test]
    fn what_is_as_expected_is_no_surprise() {
        for zero in [
            of_many(0.0, 0.0, 0.1),
            of_many(1.0, 10.0, 0.2),
            of_few(9.0, 9.0, 1.0),
            of_few(0.0, 0.0, 1.0),
        ] {
            assert!(zero.abs() < f64::EPSILON);
        }
        assert!(of_many(3.0, 3.0, 0.0).is_finite());
    }
}
