using System.Buffers.Binary;
using System.Text;

namespace Puzzle.Tests.Native;

/// <summary>Builds a minimal shared library: two undefined symbols, each of its own version, and an optional relocation against
/// one.</summary>
internal static class SyntheticElf
{
    public const string Version = "LIB_2.0", Symbol = "unused_symbol";

    /// <summary>Where the flags of <see cref="Version"/>'s need lie.</summary>
    public const int FlagsOffset = NeedsOffset + 16 + 16 + 4;

    private const int NamesOffset = 64, SymbolsOffset = 160, VersionsOffset = 232, NeedsOffset = 240, RelocationsOffset = 288,
        HeadersOffset = 312;
    private const uint StringTable = 3, Relocations = 4, DynamicSymbols = 11, VersionNeeds = 0x6ffffffe, SymbolVersions = 0x6fffffff;

    public static byte[] Build(string secondSymbol = Symbol, uint relocatedSymbol = 1)
    {
        var image = new byte[HeadersOffset + 6 * 64];
        "\u007fELF\u0002\u0001"u8.CopyTo(image);
        U64(image, 0x28, HeadersOffset);
        U16(image, 0x3a, 64);
        U16(image, 0x3c, 6);

        Encoding.UTF8.GetBytes($"\0lib.so\0LIB_1.0\0{Version}\0other_symbol\0{secondSymbol}\0").CopyTo(image, NamesOffset);
        U32(image, SymbolsOffset + 24, 24);
        U32(image, SymbolsOffset + 48, 37);
        U16(image, VersionsOffset + 2, 2);
        U16(image, VersionsOffset + 4, 3);

        U16(image, NeedsOffset, 1);
        U16(image, NeedsOffset + 2, 2);
        U32(image, NeedsOffset + 4, 1);
        U32(image, NeedsOffset + 8, 16);
        Need(image, NeedsOffset + 16, versionIndex: 2, name: 8, next: 16);
        Need(image, NeedsOffset + 32, versionIndex: 3, name: 16, next: 0);
        U32(image, RelocationsOffset + 12, relocatedSymbol);

        Section(image, 1, StringTable, NamesOffset, 96, 0);
        Section(image, 2, DynamicSymbols, SymbolsOffset, 72, 1);
        Section(image, 3, SymbolVersions, VersionsOffset, 6, 2);
        Section(image, 4, VersionNeeds, NeedsOffset, 48, 1);
        Section(image, 5, Relocations, RelocationsOffset, 24, 2);
        return image;
    }

    private static void Need(byte[] image, int at, ushort versionIndex, uint name, uint next)
    {
        U16(image, at + 6, versionIndex);
        U32(image, at + 8, name);
        U32(image, at + 12, next);
    }

    private static void Section(byte[] image, int index, uint type, int offset, int size, uint link)
    {
        int at = HeadersOffset + index * 64;
        U32(image, at + 4, type);
        U64(image, at + 24, (ulong)offset);
        U64(image, at + 32, (ulong)size);
        U32(image, at + 40, link);
    }

    private static void U16(byte[] image, int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(at), value);

    private static void U32(byte[] image, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(at), value);

    private static void U64(byte[] image, int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(at), value);
}
