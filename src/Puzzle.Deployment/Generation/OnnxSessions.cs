using Microsoft.ML.OnnxRuntime;
using Puzzle.Foundation;

namespace Puzzle.Deployment.Generation;

/// <summary>Opens graphs in ONNX Runtime.</summary>
internal static class OnnxSessions
{
    /// <summary>Opens a graph whose files were checked.</summary>
    /// <remarks>The native call cannot be stopped: canceled, it ends on a thread of its own, and its session is closed there.</remarks>
    /// <param name="path">The graph's file.</param>
    /// <param name="options">Threads.</param>
    /// <param name="cancellationToken">Stops waiting for it.</param>
    /// <exception cref="CheckpointFormatException">ONNX Runtime refuses it.</exception>
    /// <exception cref="DllNotFoundException">The app brings no native ONNX Runtime.</exception>
    /// <exception cref="NotSupportedException">CUDA is asked for, and the native ONNX Runtime or the machine has none.</exception>
    public static InferenceSession Open(string path, OnnxSessionOptions options, CancellationToken cancellationToken) =>
        AbandonableWork.Run(() => Open(path, options), cancellationToken);

    private static InferenceSession Open(string path, OnnxSessionOptions options)
    {
        try
        {
            using var settings = new SessionOptions
            {
                // Failures are exceptions: they need not be written to the error stream too.
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
                IntraOpNumThreads = options.Threads ?? 0,
                // Every step has a mask of another length: a layout of memory would be traced and kept for each, 5 % of a step.
                EnableMemoryPattern = false,
            };
            if (options.Device == OnnxDevice.Cuda)
                AddCuda(settings, options.DeviceIndex);
            settings.AddSessionConfigEntry("session.intra_op.allow_spinning", options.Spin ? "1" : "0");
            return new InferenceSession(path, settings);
        }
        catch (OnnxRuntimeException refused)
        {
            throw new CheckpointFormatException(path, $"ONNX Runtime cannot load it: {refused.Message}", refused);
        }
        catch (TypeInitializationException missing) when (missing.InnerException is DllNotFoundException)
        {
            throw new DllNotFoundException("The native ONNX Runtime is missing: reference Microsoft.ML.OnnxRuntime (or a package of " +
                "the same version for another device) in the app.", missing);
        }
    }

    private static void AddCuda(SessionOptions settings, int deviceIndex)
    {
        if (!OrtEnv.Instance().GetAvailableProviders().Contains("CUDAExecutionProvider"))
            throw new NotSupportedException(
                "This ONNX Runtime has no CUDA: reference Microsoft.ML.OnnxRuntime.Gpu instead of Microsoft.ML.OnnxRuntime in the app.");
        try
        {
            settings.AppendExecutionProvider_CUDA(deviceIndex);
        }
        catch (OnnxRuntimeException missing)
        {
            throw new NotSupportedException($"CUDA cannot be used: {missing.Message}", missing);
        }
    }

    /// <summary>Creates the settings of a run.</summary>
    public static RunOptions RunOptions() => new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
}
