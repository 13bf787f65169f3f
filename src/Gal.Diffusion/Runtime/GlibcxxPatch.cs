using System.Buffers.Binary;
using System.Text;

namespace Gal.Diffusion.Runtime;

/// <summary>
/// Makes a library that was linked against libstdc++ 13 load with libstdc++ 12 (Debian 12, Ubuntu 22.04).
/// The binding needs GLIBCXX_3.4.32 for one symbol that nothing calls, so two edits in the ELF tables are enough:
/// the version need points at GLIBCXX_3.4.30, which is needed anyway, and the symbol becomes weak.
/// </summary>
internal static class GlibcxxPatch
{
    /// <summary>What the loader's message contains where this patch helps.</summary>
    public const string MissingVersion = "GLIBCXX_3.4.32";

    private const string PresentVersion = "GLIBCXX_3.4.30";
    private const string UncalledSymbol = "_ZSt21ios_base_library_initv";
    private const uint SectionDynamicSymbols = 11;
    private const uint SectionVersionNeeds = 0x6ffffffe;
    private const int SymbolSize = 24;
    private const byte WeakBinding = 2;

    /// <summary>ELF, 64 bits, little-endian.</summary>
    private static ReadOnlySpan<byte> Identification => [0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1];

    /// <summary>Edits the bytes of a 64-bit little-endian ELF library in place.</summary>
    /// <returns>Whether both edits were made; false leaves a library that this patch does not fit.</returns>
    public static bool Apply(Span<byte> elf)
    {
        if (elf.Length < 64 || !elf[..6].SequenceEqual(Identification))
        {
            return false;
        }
        var sections = ReadSections(elf);
        return RedirectVersionNeeds(elf, sections) && WeakenSymbol(elf, sections);
    }

    private static bool RedirectVersionNeeds(Span<byte> elf, Section[] sections)
    {
        if (Array.Find(sections, s => s.Type == SectionVersionNeeds) is not { } needs)
        {
            return false;
        }
        var strings = sections[needs.Link];
        (uint Hash, uint Name)? present = null;
        var missing = new List<int>();
        for (int need = needs.Offset, index = 0; index < needs.Info; index++)
        {
            int count = BinaryPrimitives.ReadUInt16LittleEndian(elf[(need + 2)..]);
            var auxiliary = need + ReadInt(elf, need + 8);
            for (var i = 0; i < count; i++)
            {
                var name = ReadInt(elf, auxiliary + 8);
                if (IsString(elf, strings, name, PresentVersion))
                {
                    present = ((uint)ReadInt(elf, auxiliary), (uint)name);
                }
                else if (IsString(elf, strings, name, MissingVersion))
                {
                    missing.Add(auxiliary);
                }
                auxiliary += ReadInt(elf, auxiliary + 12);
            }
            need += ReadInt(elf, need + 12);
        }
        if (present is not { } version || missing.Count == 0)
        {
            return false;
        }
        foreach (var auxiliary in missing)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(elf[auxiliary..], version.Hash);
            BinaryPrimitives.WriteUInt32LittleEndian(elf[(auxiliary + 8)..], version.Name);
        }
        return true;
    }

    private static bool WeakenSymbol(Span<byte> elf, Section[] sections)
    {
        if (Array.Find(sections, s => s.Type == SectionDynamicSymbols) is not { } symbols)
        {
            return false;
        }
        var strings = sections[symbols.Link];
        for (var symbol = symbols.Offset; symbol < symbols.Offset + symbols.Size; symbol += SymbolSize)
        {
            if (IsString(elf, strings, ReadInt(elf, symbol), UncalledSymbol))
            {
                elf[symbol + 4] = (byte)((WeakBinding << 4) | (elf[symbol + 4] & 15));
                return true;
            }
        }
        return false;
    }

    private static Section[] ReadSections(ReadOnlySpan<byte> elf)
    {
        var table = (int)BinaryPrimitives.ReadInt64LittleEndian(elf[0x28..]);
        int entrySize = BinaryPrimitives.ReadUInt16LittleEndian(elf[0x3A..]);
        var sections = new Section[BinaryPrimitives.ReadUInt16LittleEndian(elf[0x3C..])];
        for (var i = 0; i < sections.Length; i++)
        {
            var entry = elf[(table + (i * entrySize))..];
            sections[i] = new Section(
                BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]),
                (int)BinaryPrimitives.ReadInt64LittleEndian(entry[24..]),
                (int)BinaryPrimitives.ReadInt64LittleEndian(entry[32..]),
                ReadInt(entry, 40),
                ReadInt(entry, 44));
        }
        return sections;
    }

    private static bool IsString(ReadOnlySpan<byte> elf, Section strings, int offset, string value)
    {
        var text = elf[(strings.Offset + offset)..];
        return text.StartsWith(Encoding.ASCII.GetBytes(value)) && text[value.Length] == 0;
    }

    private static int ReadInt(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadInt32LittleEndian(bytes[offset..]);

    private sealed record Section(uint Type, int Offset, int Size, int Link, int Info);
}
