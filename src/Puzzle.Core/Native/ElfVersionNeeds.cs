using System.Buffers.Binary;
using System.Text;

namespace Puzzle.Native;

/// <summary>Edits the symbol version needs (<c>.gnu.version_r</c>) of a 64-bit little-endian ELF shared library held in memory.</summary>
internal static class ElfVersionNeeds
{
    private const uint RelocationsWithAddend = 4, Relocations = 9, DynamicSymbols = 11, VersionNeeds = 0x6ffffffe,
        SymbolVersions = 0x6fffffff;
    private const int HeaderSize = 64, SectionHeaderSize = 64, SymbolSize = 24, NeedSize = 16;
    private const ushort WeakFlag = 0x2, VersionIndexMask = 0x7fff;

    private readonly record struct Section(uint Type, int Offset, int Size, int Link);

    /// <summary>Marks every need of <paramref name="version"/> weak, so that the loader accepts a system that lacks it.</summary>
    /// <param name="image">The whole library; only the flags of matching entries change.</param>
    /// <param name="version">The version, such as <c>GLIBCXX_3.4.32</c>.</param>
    /// <param name="unusedSymbol">The only symbol of that version the library may name.</param>
    /// <returns>Whether anything changed: false when the version is not needed or already weak.</returns>
    /// <exception cref="BadImageFormatException">Not such a library, damaged, or it really uses a symbol of that version.</exception>
    public static bool Weaken(Span<byte> image, string version, string unusedSymbol)
    {
        Section[] sections = ReadSections(image);
        bool changed = false;
        foreach (Section needs in sections.Where(section => section.Type == VersionNeeds))
        {
            ReadOnlySpan<byte> names = Content(image, Linked(sections, needs));
            for (int need = 0, next = -1; next != 0; need += next)
            {
                ReadOnlySpan<byte> entry = Part(Content(image, needs), need, NeedSize);
                int count = U16(entry, 2), auxiliary = Advance(need, U32(entry, 8));
                next = Advance(0, U32(entry, 12));
                for (int i = 0; i < count; i++)
                {
                    Span<byte> item = image.Slice(needs.Offset, needs.Size);
                    item = item[Start(item.Length, auxiliary, NeedSize)..];
                    ushort flags = U16(item, 4);
                    if (IsName(names, U32(item, 8), version) && (flags & WeakFlag) == 0)
                    {
                        RequireUnused(image, sections, (ushort)(U16(item, 6) & VersionIndexMask), version, unusedSymbol);
                        BinaryPrimitives.WriteUInt16LittleEndian(item[4..], (ushort)(flags | WeakFlag));
                        changed = true;
                    }
                    auxiliary = Advance(auxiliary, U32(item, 12));
                }
            }
        }
        return changed;
    }

    private static void RequireUnused(
        ReadOnlySpan<byte> image, Section[] sections, ushort versionIndex, string version, string unusedSymbol)
    {
        foreach (Section table in sections.Where(section => section.Type == SymbolVersions))
        {
            int symbolSection = table.Link;
            Section symbols = Linked(sections, table);
            if (symbols.Type != DynamicSymbols)
                throw Damaged("the symbol versions do not belong to the dynamic symbols");
            ReadOnlySpan<byte> versions = Content(image, table), entries = Content(image, symbols);
            ReadOnlySpan<byte> names = Content(image, Linked(sections, symbols));
            var bound = new HashSet<uint>();
            for (int i = 0; i < versions.Length / 2; i++)
            {
                if ((U16(versions, i * 2) & VersionIndexMask) != versionIndex)
                    continue;
                uint name = U32(Part(entries, i * SymbolSize, SymbolSize), 0);
                if (!IsName(names, name, unusedSymbol))
                    throw new BadImageFormatException(
                        $"The library uses more of {version} than {unusedSymbol}: it needs a newer system library.");
                bound.Add((uint)i);
            }
            foreach (Section relocations in sections.Where(
                section => section.Link == symbolSection && section.Type is RelocationsWithAddend or Relocations))
                RequireNoRelocation(Content(image, relocations), relocations.Type == RelocationsWithAddend ? 24 : 16, bound, version);
        }
    }

    private static void RequireNoRelocation(ReadOnlySpan<byte> relocations, int size, HashSet<uint> symbols, string version)
    {
        for (int at = 0; at < relocations.Length; at += size)
        {
            if (symbols.Contains(U32(Part(relocations, at, size), 12)))
                throw new BadImageFormatException($"The library calls a symbol of {version}: it needs a newer system library.");
        }
    }

    private static Section[] ReadSections(ReadOnlySpan<byte> image)
    {
        if (image.Length < HeaderSize || !image[..6].SequenceEqual("\u007fELF\u0002\u0001"u8))
            throw Damaged("not a 64-bit little-endian ELF file");
        if (U16(image, 0x3a) != SectionHeaderSize)
            throw Damaged($"section headers of {U16(image, 0x3a)} bytes, expected {SectionHeaderSize}");
        int count = U16(image, 0x3c);
        ReadOnlySpan<byte> headers = Part(
            image, BinaryPrimitives.ReadUInt64LittleEndian(image[0x28..]), (ulong)(count * SectionHeaderSize));
        var sections = new Section[count];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> header = headers.Slice(i * SectionHeaderSize, SectionHeaderSize);
            ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(header[24..]),
                size = BinaryPrimitives.ReadUInt64LittleEndian(header[32..]);
            uint type = U32(header, 4), link = U32(header, 40);
            bool inFile = offset <= (ulong)image.Length && size <= (ulong)image.Length - offset;
            sections[i] = inFile
                ? new Section(type, (int)offset, (int)size, (int)Math.Min(link, int.MaxValue))
                : new Section(type, -1, 0, 0);
        }
        return sections;
    }

    private static Section Linked(Section[] sections, Section section) =>
        section.Link < sections.Length ? sections[section.Link] : throw Damaged($"section {section.Link} of {sections.Length} is named");

    private static ReadOnlySpan<byte> Content(ReadOnlySpan<byte> image, Section section) =>
        section.Offset >= 0 ? image.Slice(section.Offset, section.Size) : throw Damaged("a section lies outside the file");

    private static bool IsName(ReadOnlySpan<byte> names, uint at, string expected)
    {
        if (at >= (uint)names.Length)
            throw Damaged("a name lies outside its string table");
        ReadOnlySpan<byte> name = names[(int)at..];
        int end = name.IndexOf((byte)0);
        return end >= 0 ? name[..end].SequenceEqual(Encoding.UTF8.GetBytes(expected)) : throw Damaged("a name has no end");
    }

    private static int Advance(int at, uint by) =>
        by <= int.MaxValue - (uint)at ? at + (int)by : throw Damaged("an entry lies outside its section");

    private static int Start(int length, int at, int size) =>
        at <= length - size ? at : throw Damaged("an entry lies outside its section");

    private static ReadOnlySpan<byte> Part(ReadOnlySpan<byte> bytes, int at, int size) => bytes.Slice(Start(bytes.Length, at, size), size);

    private static ReadOnlySpan<byte> Part(ReadOnlySpan<byte> bytes, ulong at, ulong size) =>
        at <= (ulong)bytes.Length && size <= (ulong)bytes.Length - at
            ? bytes.Slice((int)at, (int)size)
            : throw Damaged("the section headers lie outside the file");

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static BadImageFormatException Damaged(string what) => new($"The library cannot be edited: {what}.");
}
