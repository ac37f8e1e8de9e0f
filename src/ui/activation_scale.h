// What a layer usually does, so that what it does now can be shown beside that. Layers differ by
// orders of magnitude, and each varies by a few percent around a level of its own.
#pragma once

namespace reverie {

/// The running mean and deviation of the logarithm of an activation, of its source and its dream
/// together; old values are forgotten by half in kHalfLifeS seconds.
class ActivationScale {
  public:
    static constexpr double kHalfLifeS = 15;
    /// So many deviations from the usual are the end of a bar.
    static constexpr double kReach = 2.5;
    /// Deviations of the logarithm: what is assumed before anything is known, and the least, so
    /// that noise does not fill the bar.
    static constexpr double kFirstDeviation = 0.3, kLeastDeviation = 0.04;

    /// A root mean square of activations, `dt_s` seconds after the last one; 0: silent, not learnt.
    void learn(float activation, double dt_s);
    /// Where it stands in a bar of 0 … 1: the usual in the middle. −1: nothing is known yet.
    float place(float activation) const;

  private:
    double weight_ = 0, mean_ = 0, square_ = 0;  ///< square_: of the distance from the mean
};

}  // namespace reverie
