using System.Runtime.InteropServices;
using static Puzzle.Deployment.Benchmarks.LlamaCpp.LlamaCppStructs;

namespace Puzzle.Deployment.Benchmarks.LlamaCpp;

/// <summary>The part of llama.cpp's C interface that is used here. It lies in the folder that PUZZLE_LLAMA_CPP names, see
/// .ci/install-llama-cpp.</summary>
internal sealed class LlamaCppLibrary
{
    private const string Binaries = "node_modules/@node-llama-cpp/linux-x64/bins/linux-x64";
    private const int MostlyQ40 = 2;
    private readonly nint _library;

    private LlamaCppLibrary(string folder)
    {
        nint operators = NativeLibrary.Load(Directory.GetFiles(folder, "libggml.v*.so").Single());
        _library = NativeLibrary.Load(Directory.GetFiles(folder, "libllama.v*.so").Single());
        Find<SetLog>("llama_log_set")(Quiet, 0);
        Marshal.GetDelegateForFunctionPointer<LoadBackends>(
            NativeLibrary.GetExport(operators, "ggml_backend_load_all_from_path"))(folder);
        Find<Begin>("llama_backend_init")();
    }

    public delegate void Begin();

    public delegate void LoadBackends([MarshalAs(UnmanagedType.LPUTF8Str)] string folder);

    public delegate void Log(int level, nint text, nint data);

    public delegate void SetLog(Log log, nint data);

    public delegate ModelParameters DefaultModel();

    public delegate ContextParameters DefaultContext();

    public delegate QuantizeParameters DefaultQuantize();

    public delegate nint LoadModel([MarshalAs(UnmanagedType.LPUTF8Str)] string file, ModelParameters parameters);

    public delegate nint CreateContext(nint model, ContextParameters parameters);

    public delegate int QuantizeFile(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string from, [MarshalAs(UnmanagedType.LPUTF8Str)] string to,
        ref QuantizeParameters parameters);

    public delegate nint OfHandle(nint handle);

    public delegate void Free(nint handle);

    public delegate void ClearMemory(nint memory, byte data);

    public delegate Batch CreateBatch(int tokens, int embedding, int sequences);

    public delegate void FreeBatch(Batch batch);

    public delegate int DecodeBatch(nint context, Batch batch);

    public delegate nint LogitsOf(nint context, int token);

    private static Log Quiet { get; } = (_, _, _) => { };

    /// <summary>Loads llama.cpp, or says that it is not there.</summary>
    public static LlamaCppLibrary? TryLoad()
    {
        string? folder = Environment.GetEnvironmentVariable("PUZZLE_LLAMA_CPP");
        return string.IsNullOrEmpty(folder) ? null : new LlamaCppLibrary(Path.Combine(folder, Binaries));
    }

    public T Find<T>(string name)
        where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(_library, name));

    /// <summary>Quantizes every matrix of a GGUF file to 4 bits (q4_0), head and embedding too.</summary>
    public void QuantizeTo4Bits(string from, string to)
    {
        QuantizeParameters parameters = Find<DefaultQuantize>("llama_model_quantize_default_params")();
        (parameters.Threads, parameters.FileType, parameters.Pure) = (1, MostlyQ40, 1);
        if (Find<QuantizeFile>("llama_model_quantize")(from, to, ref parameters) != 0)
            throw new InvalidOperationException($"llama.cpp does not quantize {from}.");
    }
}
