namespace Gal.Scoring.Embedding;

/// <summary>Features of texts by content; the text not asked for the longest leaves first.</summary>
internal sealed class TextCache(int capacity)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string ModelFolder, string Text), LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = new();

    /// <summary>The features of a text, if they are kept.</summary>
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
            return node.Value.Features;
        }
    }

    /// <summary>Keeps the features of a text.</summary>
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
                _entries.Remove(_byUse.Last!.Value.Key);
                _byUse.RemoveLast();
            }

            _entries[(modelFolder, text)] = _byUse.AddFirst(new Entry((modelFolder, text), features));
        }
    }

    private sealed record Entry((string ModelFolder, string Text) Key, TextFeatures Features);
}
