using static TorchSharp.torch;

namespace Gal.Diffusion.Schedulers;

/// <summary>The last few tensors of a multistep method, kept across the caller's dispose scopes.</summary>
internal sealed class TensorHistory(int capacity) : IDisposable
{
    private readonly List<Tensor> _tensors = [];

    /// <summary>How many are kept now.</summary>
    public int Count => _tensors.Count;

    /// <summary>The tensor put in <paramref name="stepsBack"/> steps before the newest.</summary>
    public Tensor this[int stepsBack] => _tensors[^(stepsBack + 1)];

    /// <summary>Keeps a reference to <paramref name="tensor"/> and drops the oldest beyond the capacity.</summary>
    public void Push(Tensor tensor)
    {
        _tensors.Add(tensor.alias().DetachFromDisposeScope());
        if (_tensors.Count > capacity)
        {
            _tensors[0].Dispose();
            _tensors.RemoveAt(0);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tensors.ForEach(tensor => tensor.Dispose());
        _tensors.Clear();
    }
}
