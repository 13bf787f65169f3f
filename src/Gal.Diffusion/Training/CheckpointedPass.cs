using Gal.Diffusion.Models;
using Gal.Diffusion.Models.Unet;
using static TorchSharp.torch;

namespace Gal.Diffusion.Training;

/// <summary>
/// Gradient checkpointing (Chen et al. 2016): the forward pass keeps what goes from one part of the UNet to the next and nothing inside a part; the backward pass
/// computes each part again. Built on backward passes of parts, since TorchSharp has no checkpointing of its own.
/// </summary>
/// <param name="unet">Borrowed.</param>
/// <param name="chance">What the forward pass draws from, so that the second one draws the same; null if it draws nothing.</param>
internal sealed class CheckpointedPass(UNet2DConditionModel unet, Generator? chance) : IUnetPass
{
    private readonly List<Tensor[]> _inputs = [];
    private readonly List<Tensor?> _chanceStates = [];
    private IReadOnlyList<UnetPart> _parts = [];
    private Tensor? _hiddenStates;
    private Tensor? _prediction;

    /// <inheritdoc/>
    public Tensor Predict(Tensor noisy, Tensor timesteps, Tensor hiddenStates)
    {
        using var noGrad = no_grad();
        _hiddenStates = hiddenStates;
        _parts = unet.Parts(timesteps);
        Tensor[] state = [hiddenStates.detach(), noisy];
        foreach (var part in _parts)
        {
            _inputs.Add(state);
            _chanceStates.Add(chance?.get_state());
            state = Run(part, state);
        }

        return _prediction = state[^1].detach().requires_grad_(true);
    }

    /// <inheritdoc/>
    public void Backward(Tensor loss)
    {
        loss.backward();
        var after = chance?.get_state();
        Tensor?[] gradients = [null, _prediction!.grad];
        for (var i = _parts.Count - 1; i >= 0; i--)
        {
            gradients = Backward(i, gradients);
            if (i > 0)
            {
                DisposeExcept(_inputs[i], _inputs[i - 1]);
            }
        }

        if (after is not null)
        {
            chance!.set_state(after);
        }

        if (_hiddenStates!.requires_grad && gradients[0] is { } ofHiddenStates)
        {
            _hiddenStates.backward([ofHiddenStates]);
        }
    }

    // The gradients of a part's inputs, from those of its outputs, which are let go of.
    private Tensor?[] Backward(int index, Tensor?[] outputGradients)
    {
        using var scope = NewDisposeScope();
        if (_chanceStates[index] is { } state)
        {
            chance!.set_state(state);
        }

        var leaves = _inputs[index].Select(input => input.detach().requires_grad_(input.is_floating_point())).ToArray();
        var outputs = _parts[index].Run(leaves);
        var reached = Enumerable.Range(0, outputs.Length).Where(i => outputGradients[i] is not null && outputs[i].requires_grad && !outputs[i].is_leaf).ToList();
        autograd.backward([.. reached.Select(i => outputs[i])], [.. reached.Select(i => outputGradients[i]!)]);
        Tensor?[] gradients = [.. leaves.Select(leaf => Sum(leaf.grad, Passing(leaf, outputs, outputGradients)))];
        DisposeExcept(outputGradients, gradients);
        return [.. gradients.Select(gradient => gradient?.MoveToOuterDisposeScope())];
    }

    // What passes through a part takes its gradient with it, without a copy.
    private static Tensor? Passing(Tensor leaf, Tensor[] outputs, Tensor?[] outputGradients) =>
        Array.FindIndex(outputs, output => ReferenceEquals(output, leaf)) is >= 0 and var place ? outputGradients[place] : null;

    private static Tensor? Sum(Tensor? first, Tensor? second)
    {
        using var noGrad = no_grad();
        return first is not null && second is not null ? first + second : first ?? second;
    }

    private static void DisposeExcept(Tensor?[] tensors, Tensor?[] kept)
    {
        foreach (var tensor in tensors.Where(tensor => !kept.Contains(tensor, ReferenceEqualityComparer.Instance)))
        {
            tensor?.Dispose();
        }
    }

    // A part's insides go at its end.
    private static Tensor[] Run(UnetPart part, Tensor[] state)
    {
        using var scope = NewDisposeScope();
        var outputs = part.Run(state);
        foreach (var output in outputs.Where(output => !state.Contains(output, ReferenceEqualityComparer.Instance)))
        {
            output.MoveToOuterDisposeScope();
        }

        return outputs;
    }
}
