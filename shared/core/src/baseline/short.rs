//! Short floats: sixteen bits for a number, thirteen for a cell's mean and eight for the weight of its evidence, rounded
//! without bias.
//!
//! A baseline is kept in memory exactly as it is stored, so that going on and reading back give the
//! same bits. A minute changes a number by one part in hundreds or thousands, less than a step of
//! so short a float; rounding to the nearest would lose the change. Instead it is rounded up with a
//! probability that equals its nearness to the upper neighbour (stochastic rounding: Croci et al.,
//! "Stochastic rounding: implementation, error analysis and applications", Royal Society Open
//! Science 9, 2022), so that the errors cancel in the mean. The random numbers depend on the minute
//! alone, which makes the result repeatable.

use crate::time::Minute;

/// A number from 6e-8 to 1e12, or 0, in steps of a thousandth: six bits of exponent, ten of mantissa.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Half(pub(crate) u16);

/// A mean from 6e-8 to 1e12, or 0, in steps of a hundredth: six bits of exponent, seven of mantissa.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Mean(pub(crate) u16);

/// A weight of evidence from 1 to 2e9, or 0, in steps of an eighth: five bits of exponent, three of mantissa.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Weight(pub(crate) u8);

const HALF: Form = Form {
    mantissa: 10,
    codes: 1 << 16,
    bias: 1_023 - 24,
};

const MEAN: Form = Form {
    mantissa: 7,
    codes: 1 << 13,
    bias: HALF.bias,
};

const WEIGHT: Form = Form {
    mantissa: 3,
    codes: 1 << 8,
    bias: 1_023 - 1,
};

/// A repeatable random number generator (SplitMix64: Steele et al., "Fast splittable pseudorandom
/// number generators", OOPSLA 2014).
#[derive(Debug, Clone)]
pub(crate) struct MinuteRng(u64);

impl MinuteRng {
    /// Returns the rng of a minute: the same whenever it is learnt.
    pub(crate) fn of(minute: Minute) -> Self {
        Self(minute.0 as u64)
    }

    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

impl Half {
    /// Returns the number rounded without bias. What is not positive becomes 0.
    pub(crate) fn thrown(x: f64, rng: &mut MinuteRng) -> Self {
        Self(HALF.code(x, rng.throw()) as u16)
    }

    /// Returns the number rounded to the nearest.
    pub(crate) fn near(x: f64) -> Self {
        Self(HALF.code(x, u64::MAX / 2) as u16)
    }

    /// Returns the number.
    pub(crate) fn get(self) -> f64 {
        HALF.value(u64::from(self.0))
    }
}

impl Mean {
    /// Returns the mean rounded without bias. What is not positive becomes 0.
    pub(crate) fn thrown(x: f64, rng: &mut MinuteRng) -> Self {
        Self(MEAN.code(x, rng.throw()) as u16)
    }

    /// Returns the mean rounded to the nearest.
    pub(crate) fn near(x: f64) -> Self {
        Self(MEAN.code(x, u64::MAX / 2) as u16)
    }

    /// Returns the mean.
    pub(crate) fn get(self) -> f64 {
        MEAN.value(u64::from(self.0))
    }
}

impl Weight {
    /// Returns the weight rounded without bias. What is not positive becomes 0.
    pub(crate) fn thrown(x: f64, rng: &mut MinuteRng) -> Self {
        Self(WEIGHT.code(x, rng.throw()) as u8)
    }

    /// Returns the weight rounded to the nearest.
    pub(crate) fn near(x: f64) -> Self {
        Self(WEIGHT.code(x, u64::MAX / 2) as u8)
    }

    /// Returns the number.
    pub(crate) fn get(self) -> f64 {
        WEIGHT.value(u64::from(self.0))
    }
}

/// How a short float is cut out of an `f64`.
struct Form {
    mantissa: u32,
    codes: u64,
    bias: u64,
}

impl Form {
    const fn cut(&self) -> u32 {
        f64::MANTISSA_DIGITS - 1 - self.mantissa
    }

    /// Adds `chance`, a share of 2^64, of a step, and cuts the rest off: the carry runs into the exponent by itself.
    fn code(&self, x: f64, chance: u64) -> u64 {
        if x.is_nan() || x <= 0.0 {
            return 0;
        }
        let raised = x.to_bits() + (chance >> (64 - self.cut()));
        let lowest = self.bias << self.mantissa;
        (raised >> self.cut())
            .saturating_sub(lowest)
            .min(self.codes - 1)
    }

    fn value(&self, code: u64) -> f64 {
        if code == 0 {
            return 0.0;
        }
        f64::from_bits((code + (self.bias << self.mantissa)) << self.cut())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_are_kept_to_a_step_and_stay(x in 1e-7_f64..1e11, minute in any::<i64>()) {
            let mut rng = MinuteRng::of(Minute(minute));
            for half in [Half::near(x), Half::thrown(x, &mut rng)] {
                prop_assert!((half.get() / x - 1.0).abs() <= 1.0 / 1_024.0, "{x}: {half:?}");
                prop_assert_eq!(Half::thrown(half.get(), &mut rng), half);
            }
            if (1.0..1e9).contains(&x) {
                let weight = Weight::thrown(x, &mut rng);
                prop_assert!((weight.get() / x - 1.0).abs() <= 0.125, "{x}: {weight:?}");
                prop_assert_eq!(Weight::near(weight.get()), weight);
            }
        }
    }

    #[test]
    fn every_code_is_a_number_of_its_own() {
        for code in 0..=u16::MAX {
            assert_eq!(Half::near(Half(code).get()), Half(code));
        }
        for code in 0..1 << 13 {
            assert_eq!(Mean::near(Mean(code).get()), Mean(code));
        }
        for code in 0..=u8::MAX {
            assert_eq!(Weight::near(Weight(code).get()), Weight(code));
        }
        for x in [f64::NAN, -1.0, 0.0, 1e-30] {
            assert_eq!(Half::near(x), Half::default());
        }
        assert_eq!(Half::near(f64::INFINITY), Half(u16::MAX));
    }

    #[test]
    fn a_lesson_below_a_step_is_not_lost() {
        let mut mean = Half::near(1.0);
        for minute in 0..20_000 {
            let gain = 1.0 / 3_000.0;
            mean = Half::thrown(
                mean.get() + gain * (2.0 - mean.get()),
                &mut MinuteRng::of(Minute(minute)),
            );
        }
        assert!((mean.get() - 2.0).abs() < 0.05, "{}", mean.get());
    }
}
