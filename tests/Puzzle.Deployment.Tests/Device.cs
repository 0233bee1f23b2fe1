using Microsoft.ML.OnnxRuntime;
using Puzzle.Deployment.Generation;

namespace Puzzle.Tests;

/// <summary>What this machine can run tests on.</summary>
internal static class Device
{
    /// <summary>Skips the test where its device is absent, and says why.</summary>
    public static void Require(OnnxDevice device) => Assert.SkipUnless(
        device == OnnxDevice.Cpu
            || (OrtEnv.Instance().GetAvailableProviders().Contains("CUDAExecutionProvider") && TorchSharp.torch.cuda.is_available()),
        "Needs a CUDA GPU and a build with -p:PuzzleTorch=cuda.");
}
