using System.Runtime.InteropServices;

namespace Puzzle.Deployment.Benchmarks.LlamaCpp;

/// <summary>The structs of llama.h as of version 0.5.0, which tests/llama-cpp/package-lock.json installs.</summary>
internal static class LlamaCppStructs
{
    [StructLayout(LayoutKind.Sequential)]
    internal struct ModelParameters
    {
        public nint Devices, BufferTypes;
        public int GpuLayers, SplitMode, LoadMode, LazyMode, MainGpu;
        public nint TensorSplit, Progress, ProgressData, Overrides;
        public byte VocabularyOnly, CheckTensors, UseExtraBuffers, NoHost, NoAllocation, LoadMtp;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct ContextParameters
    {
        public uint Positions, Batch, MicroBatch, Sequences, Snapshots, Outputs, OutputsPerSequence;
        public int Threads, BatchThreads, ContextType, RopeScaling, Pooling, Attention, FlashAttention;
        public float RopeBase, RopeScale, YarnExtension, YarnAttention, YarnFast, YarnSlow;
        public uint YarnOriginal;
        public float Defragmentation;
        public nint Evaluate, EvaluateData;
        public int KeyType, ValueType;
        public nint Abort, AbortData;
        public byte Embeddings, OffloadCache, NoTiming, OffloadOperations, FullWindow, UnifiedCache;
        public nint Samplers, SamplerCount, Other;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct QuantizeParameters
    {
        public int Threads, FileType, OutputType, EmbeddingType;
        public byte AllowRequantize, QuantizeOutput, OnlyCopy, Pure, KeepSplit, DryRun;
        public nint Importance, Overrides, TensorOverrides, PrunedLayers, MostBytes;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct Batch
    {
        public int Count;
        public nint Tokens, Embeddings, Positions, SequenceCounts, Sequences, WantsLogits;
    }
}
