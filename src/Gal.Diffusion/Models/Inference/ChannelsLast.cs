using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>
/// Activations of shape [batch, channels, height, width] whose channels lie side by side in memory.
/// The same memory read as [batch, height · width, channels] is a list of tokens, so convolutions and attention share it without a copy.
/// </summary>
internal static class ChannelsLast
{
    /// <summary>An uninitialised activation.</summary>
    public static Tensor Empty(long batch, long channels, long height, long width, ScalarType dtype, Device device)
    {
        using var memory = empty([batch, height, width, channels], dtype, device);
        return memory.permute(0, 3, 1, 2);
    }

    /// <summary>The same values with the channels side by side; a copy.</summary>
    public static Tensor From(Tensor activation, ScalarType dtype)
    {
        using var typed = activation.to(dtype);
        using var pixels = typed.permute(0, 2, 3, 1);
        using var memory = pixels.contiguous();
        return memory.permute(0, 3, 1, 2);
    }

    /// <summary>An activation as often after itself as makes the batch; the activation itself, not a copy, if it is of that size.</summary>
    /// <param name="activation">Owned: it is disposed if a copy takes its place.</param>
    /// <param name="batch">A multiple of the activation's.</param>
    public static Tensor Repeat(Tensor activation, long batch)
    {
        if (activation.shape[0] == batch)
        {
            return activation;
        }

        using var single = activation;
        var count = activation.shape[0];
        var repeated = Empty(batch, activation.shape[1], activation.shape[2], activation.shape[3], activation.dtype, activation.device);
        // Piece by piece: libtorch's concatenation of bfloat16 copies number by number on one thread.
        for (var first = 0L; first < batch; first += count)
        {
            using var part = repeated.narrow(0, first, count);
            part.copy_(activation);
        }

        return repeated;
    }

    /// <summary>Tokens [batch, count, features], contiguous, seen as an activation [batch, features, count, 1]; shares memory.</summary>
    public static Tensor OfTokens(Tensor tokens)
    {
        var (batch, count, features) = (tokens.shape[0], tokens.shape[1], tokens.shape[2]);
        return tokens.as_strided([batch, features, count, 1], [count * features, 1, features, features]);
    }

    /// <summary>An activation seen as contiguous tokens [batch, height · width, channels]; shares memory.</summary>
    public static Tensor Tokens(Tensor activation)
    {
        var (batch, channels, count) = (activation.shape[0], activation.shape[1], activation.shape[2] * activation.shape[3]);
        return activation.as_strided([batch, count, channels], [count * channels, channels, 1]);
    }

    /// <summary>An activation seen as contiguous rows [batch · height · width, channels]; shares memory.</summary>
    public static Tensor Rows(Tensor activation)
    {
        var channels = activation.shape[1];
        return activation.as_strided([activation.numel() / channels, channels], [channels, 1]);
    }

    /// <summary>An activation seen as one picture of one column; shares memory. For 1 × 1 convolutions, which oneDNN cuts into better pieces then than picture by picture.</summary>
    public static Tensor Column(Tensor activation)
    {
        var channels = activation.shape[1];
        var rows = activation.numel() / channels;
        return activation.as_strided([1, channels, rows, 1], [rows * channels, 1, channels, channels]);
    }

    /// <summary>Contiguous rows, or a column, seen as an activation; shares memory.</summary>
    public static Tensor OfRows(Tensor rows, long batch, long height, long width)
    {
        var channels = rows.shape[1];
        return rows.as_strided([batch, channels, height, width], [height * width * channels, 1, width * channels, channels]);
    }

    /// <summary>Channels <paramref name="first"/> to first + heads · features of an activation, seen as attention heads [batch, heads, tokens, features]; shares memory.</summary>
    public static Tensor Heads(Tensor activation, long first, long heads, long features)
    {
        var (batch, channels, count) = (activation.shape[0], activation.shape[1], activation.shape[2] * activation.shape[3]);
        return activation.as_strided([batch, heads, count, features], [count * channels, features, channels, 1], first);
    }

    /// <summary>The result of attention, [batch, heads, tokens, features], as an activation of the given height and width.</summary>
    public static Tensor FromHeads(Tensor heads, long height, long width)
    {
        var (batch, channels) = (heads.shape[0], heads.shape[1] * heads.shape[3]);
        // libtorch's fused attention leaves its result token by token; anything else is copied into that order.
        using var transposed = heads.transpose(1, 2);
        using var tokens = transposed.contiguous();
        return tokens.as_strided([batch, channels, height, width], [height * width * channels, 1, width * channels, channels]);
    }
}
