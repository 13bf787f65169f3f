using System.Globalization;
using System.Text.RegularExpressions;
using TorchSharp;

namespace Gal.Diffusion.Runtime;

/// <summary>The names of the devices that torch computes on: "cpu", "cuda:0", "cuda:1", …</summary>
public static partial class ComputeDevice
{
    /// <summary>The first card where libtorch can use one, else the processor.</summary>
    public const string Auto = "auto";

    /// <summary>The processor.</summary>
    public const string Cpu = "cpu";

    /// <summary>Whether a user may write this: "auto", "cpu", "cuda" or "cuda:N".</summary>
    public static bool IsName(string name) => Names().IsMatch(name);

    /// <summary>Whether a device is a card.</summary>
    public static bool IsCard(string device) => CardIndex(device) is not null;

    /// <summary>N of "cuda:N"; null for the processor.</summary>
    public static int? CardIndex(string device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device.Split(':') is ["cuda", var index] ? int.Parse(index, CultureInfo.InvariantCulture) : null;
    }

    /// <summary>The device that a name means on this machine. Loads libtorch.</summary>
    /// <param name="name">See <see cref="IsName"/>.</param>
    /// <returns>"cpu" or "cuda:N".</returns>
    /// <exception cref="TorchRuntimeException">The card does not exist, or this build of libtorch cannot use one.</exception>
    public static string Resolve(string name)
    {
        var runtime = TorchRuntime.EnsureLoaded();
        return Resolve(name, runtime.IsCudaAvailable ? torch.cuda.device_count() : 0, runtime.CudaExplanation);
    }

    internal static string Resolve(string name, int cardCount, string explanation)
    {
        if (!IsName(name))
        {
            throw new ArgumentException($"'{name}' is no device; it must be auto, cpu, cuda or cuda:N.", nameof(name));
        }
        var device = name == "cuda" ? "cuda:0" : name;
        return device switch
        {
            Auto => cardCount > 0 ? "cuda:0" : Cpu,
            Cpu => Cpu,
            _ when CardIndex(device) < cardCount => device,
            _ when cardCount > 0 => throw new TorchRuntimeException($"There is no device {name}: libtorch sees {cardCount} card(s), cuda:0 to cuda:{cardCount - 1}."),
            _ => throw new TorchRuntimeException($"The device {name} cannot be used. {explanation}"),
        };
    }

    [GeneratedRegex(@"^(auto|cpu|cuda(:[0-9]{1,3})?)\z")]
    private static partial Regex Names();
}
