using System.Runtime.CompilerServices;
using Gal.Diffusion.Runtime;
using TorchSharp;

namespace Gal.Diffusion.Tests;

/// <summary>Tests run beside each other, so each works with one thread; goldens were made with one thread as well.</summary>
internal static class TestThreads
{
    [ModuleInitializer]
    internal static void UseOneThread()
    {
        TorchRuntime.EnsureLoaded();
        torch.set_num_threads(1);
    }
}
