using static TorchSharp.torch;

namespace Gal.Diffusion.Training;

/// <summary>The order in which samples are seen: whole permutations one after another, so that each is used as often as the next.</summary>
internal sealed class SampleOrder(int count)
{
    private readonly List<long> _waiting = [];

    /// <summary>The indices that were drawn and not yet used.</summary>
    public IReadOnlyList<long> Waiting => _waiting;

    /// <summary>The next indices; draws a permutation when fewer than <paramref name="size"/> are left.</summary>
    public long[] Next(int size, Generator generator)
    {
        while (_waiting.Count < size)
        {
            using var permutation = randperm(count, ScalarType.Int64, generator: generator);
            _waiting.AddRange(permutation.data<long>().ToArray());
        }

        var taken = _waiting.Take(size).ToArray();
        _waiting.RemoveRange(0, size);
        return taken;
    }

    /// <summary>Goes on with indices that were drawn before.</summary>
    public void Restore(IEnumerable<long> waiting)
    {
        _waiting.Clear();
        _waiting.AddRange(waiting);
    }
}
