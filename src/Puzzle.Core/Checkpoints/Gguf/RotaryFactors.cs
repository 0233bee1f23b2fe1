using Puzzle.Architectures;

namespace Puzzle.Checkpoints.Gguf;

/// <summary>Llama 3's rotary scaling as what each frequency is divided by.</summary>
internal static class RotaryFactors
{
    /// <summary>Computes the divisors, [H / 2].</summary>
    public static float[] Of(ModelConfig config, Llama3RopeScaling scaling)
    {
        float[] factors = new float[config.HeadSize / 2];
        for (int pair = 0; pair < factors.Length; pair++)
        {
            double wavelength = 2 * Math.PI * Math.Pow(config.RopeTheta, 2.0 * pair / config.HeadSize);
            double turns = scaling.OriginalMaxPositions / wavelength;
            double blend = Math.Clamp(
                (turns - scaling.LowFrequencyFactor) / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor), 0, 1);
            factors[pair] = (float)(1 / ((1 - blend) / scaling.Factor + blend));
        }
        return factors;
    }
}
