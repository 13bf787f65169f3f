namespace Gal.Scoring.Embedding;

/// <summary>Features of texts by content; the text not asked for the longest leaves first.</summary>
internal sealed class TextCache(int capacity) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string ModelFolder, string Text), LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = new();

    /// <summary>The features of a text, if they are kept; the caller disposes them.</summary>
    public TextFeatures? Find(string modelFolder, string text)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue((modelFolder, text), out var node))
            {
                return null;
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value.Features.Share();
        }
    }

    /// <summary>Keeps the features of a text; the caller still disposes its own.</summary>
    public void Add(string modelFolder, string text, TextFeatures features)
    {
        lock (_lock)
        {
            if (capacity == 0 || _entries.ContainsKey((modelFolder, text)))
            {
                return;
            }

            if (_entries.Count == capacity)
            {
                var last = _byUse.Last!.Value;
                _entries.Remove(last.Key);
                _byUse.RemoveLast();
                last.Features.Dispose();
            }

            _entries[(modelFolder, text)] = _byUse.AddFirst(new Entry((modelFolder, text), features.Share()));
        }
    }

    /// <summary>Gives up all of them.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var entry in _byUse)
            {
                entry.Features.Dispose();
            }

            _byUse.Clear();
            _entries.Clear();
        }
    }

    private sealed record Entry((string ModelFolder, string Text) Key, TextFeatures Features);
}
