using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Gal.Diffusion.Weights;

/// <summary>
/// A safetensors file, memory-mapped: opening reads the header alone, and tensors are copied from the page cache straight to where they are needed,
/// so that a model costs its own size once.
/// </summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private readonly SafetensorsHeader _header;
    private readonly MemoryMappedFile? _map;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly SafeMemoryMappedViewHandle? _handle;
    private readonly byte* _start;

    private SafetensorsFile(string path)
    {
        Path = path;
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        var length = RandomAccess.GetLength(file);
        if (length < 8)
        {
            // An empty file cannot be mapped, and neither is one this short worth it.
            Span<byte> bytes = stackalloc byte[(int)length];
            _header = SafetensorsHeader.Parse(path, length, bytes[..RandomAccess.Read(file, bytes, 0)]);
            return;
        }
        _map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        _handle = _view.SafeMemoryMappedViewHandle;
        _handle.AcquirePointer(ref _start);
        try
        {
            var headerSpan = new ReadOnlySpan<byte>(_start, (int)Math.Min(length, 8 + SafetensorsHeader.MaxLength));
            _header = SafetensorsHeader.Parse(path, length, headerSpan);
        }
        catch
        {
            Dispose();
            throw;
        }
        Tensors = _header.Entries.Values.ToDictionary(entry => entry.Name, entry => new StoredTensor(this, entry, entry.Shape), StringComparer.Ordinal);
    }

    /// <summary>The file's path.</summary>
    public string Path { get; }

    /// <summary>The tensors by name, in the header's order.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; } = new Dictionary<string, StoredTensor>();

    /// <summary>The header's free text, for example "format": "pt".</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Maps a file and checks its header.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="SafetensorsException">The file is not safetensors, is damaged, or is a pickled checkpoint.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return File.Exists(path) ? new SafetensorsFile(path) : throw new FileNotFoundException($"There is no weights file {path}.", path);
    }

    /// <summary>Unmaps the file; its tensors can no longer be read.</summary>
    public void Dispose()
    {
        if (_handle is { IsClosed: false })
        {
            _handle.ReleasePointer();
        }
        _view?.Dispose();
        _map?.Dispose();
    }

    internal ReadOnlySpan<byte> Bytes(SafetensorsEntry entry)
    {
        ObjectDisposedException.ThrowIf(_handle is null or { IsClosed: true }, this);
        var length = entry.End - entry.Begin;
        return length <= int.MaxValue
            ? new ReadOnlySpan<byte>(_start + _header.DataStart + entry.Begin, (int)length)
            : throw new SafetensorsException(Path, $"tensor \"{entry.Name}\" has {length} bytes; tensors over {int.MaxValue} bytes are not read.");
    }
}
