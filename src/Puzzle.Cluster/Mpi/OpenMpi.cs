using System.Runtime.InteropServices;
using System.Text;
using Puzzle.Distillation;

namespace Puzzle.Cluster.Mpi;

/// <summary>The part of Open MPI's C interface that is used here. Its library is loaded by the first that asks for it.</summary>
internal sealed unsafe partial class OpenMpi
{
    // Since Open MPI 2, still that of Open MPI 5. Handles are the addresses of symbols; those of other MPIs are numbers.
    public const string Library = "libmpi.so.40";

    private const int ThreadSerialized = 2, Tag = 0, MostErrorText = 256;
    private readonly nint _world, _byte;

    private OpenMpi(nint library)
    {
        _world = NativeLibrary.GetExport(library, "ompi_mpi_comm_world");
        _byte = NativeLibrary.GetExport(library, "ompi_mpi_byte");
        Check(Initialized(out int isInitialized));
        IsOwn = isInitialized == 0;
        if (IsOwn)
            Check(InitThread(0, 0, ThreadSerialized, out _));
        Check(SetErrorHandler(_world, NativeLibrary.GetExport(library, "ompi_mpi_errors_return")));
        Check(CommRank(_world, out int rank));
        Check(CommSize(_world, out int size));
        (Rank, Size) = (rank, size);
    }

    public int Rank { get; }

    public int Size { get; }

    /// <summary>Gets a value indicating whether this process had not begun to use MPI before.</summary>
    public bool IsOwn { get; }

    /// <summary>Joins the processes that were started together.</summary>
    /// <param name="name">The library's name.</param>
    /// <exception cref="DllNotFoundException">There is no such library.</exception>
    /// <exception cref="InvalidOperationException">This process has ended its use of MPI.</exception>
    public static OpenMpi Join(string name = Library)
    {
        if (!NativeLibrary.TryLoad(name, typeof(OpenMpi).Assembly, DllImportSearchPath.SafeDirectories, out nint library))
            throw new DllNotFoundException(
                $"Training with several processes needs Open MPI, whose {name} was not found: install it (Debian and Ubuntu: "
                + "apt-get install openmpi-bin), or train with one process.");
        Check(Finalized(out int isFinalized));
        return isFinalized == 0
            ? new OpenMpi(library)
            : throw new InvalidOperationException("This process has ended its use of MPI, which cannot begin again.");
    }

    /// <summary>Ends the use of MPI; waits for the other ranks.</summary>
    public static void Leave() => Check(FinalizeMpi());

    public void Send(ReadOnlySpan<byte> data, int to)
    {
        fixed (byte* first = data)
            Check(Send(first, data.Length, _byte, to, Tag, _world));
    }

    public void Receive(Span<byte> data, int from)
    {
        fixed (byte* first = data)
            Check(Receive(first, data.Length, _byte, from, Tag, _world, 0));
    }

    /// <summary>Gives every rank the bytes of one.</summary>
    public void Broadcast(Span<byte> data, int root)
    {
        fixed (byte* first = data)
            Check(Broadcast(first, data.Length, _byte, root, _world));
    }

    /// <summary>Gives every rank the bytes of all, as many of each.</summary>
    public void AllGather(ReadOnlySpan<byte> own, Span<byte> all)
    {
        fixed (byte* first = own, firstOfAll = all)
            Check(AllGather(first, own.Length, _byte, firstOfAll, own.Length, _byte, _world));
    }

    private static void Check(int code)
    {
        if (code == 0)
            return;
        byte* text = stackalloc byte[MostErrorText];
        int length = 0;
        if (ErrorString(code, text, ref length) != 0)
            length = 0;
        throw new RankFailedException(null, $"MPI says: {Encoding.UTF8.GetString(text, Math.Clamp(length, 0, MostErrorText))}.");
    }

    [LibraryImport(Library, EntryPoint = "MPI_Initialized")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Initialized(out int flag);

    [LibraryImport(Library, EntryPoint = "MPI_Finalized")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Finalized(out int flag);

    [LibraryImport(Library, EntryPoint = "MPI_Init_thread")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int InitThread(nint count, nint arguments, int required, out int provided);

    [LibraryImport(Library, EntryPoint = "MPI_Finalize")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FinalizeMpi();

    [LibraryImport(Library, EntryPoint = "MPI_Comm_set_errhandler")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetErrorHandler(nint communicator, nint handler);

    [LibraryImport(Library, EntryPoint = "MPI_Comm_rank")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int CommRank(nint communicator, out int rank);

    [LibraryImport(Library, EntryPoint = "MPI_Comm_size")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int CommSize(nint communicator, out int size);

    [LibraryImport(Library, EntryPoint = "MPI_Send")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Send(byte* data, int count, nint type, int to, int tag, nint communicator);

    [LibraryImport(Library, EntryPoint = "MPI_Recv")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Receive(byte* data, int count, nint type, int from, int tag, nint communicator, nint status);

    [LibraryImport(Library, EntryPoint = "MPI_Bcast")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Broadcast(byte* data, int count, nint type, int root, nint communicator);

    [LibraryImport(Library, EntryPoint = "MPI_Allgather")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int AllGather(
        byte* own, int ownCount, nint ownType, byte* all, int countOfEach, nint type, nint communicator);

    [LibraryImport(Library, EntryPoint = "MPI_Error_string")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ErrorString(int code, byte* text, ref int length);
}
