using System.Runtime.InteropServices;
using TorchSharp;

namespace Gal.Diffusion.Models.Inference.Kernels;

/// <summary>Work on a range of independent items, by one thread for each part of the range.</summary>
/// <remarks>Its methods with loops ask for full optimisation at once: the runtime's first, unoptimised code keeps every register in memory, and the first requests of a program would wait for it.</remarks>
internal interface IRangeKernel
{
    /// <summary>Does the items from <paramref name="begin"/> up to but not including <paramref name="end"/>. Must not throw.</summary>
    void Execute(int begin, int end);
}

/// <summary>Tasks that take long enough for each thread to fetch one after the other: a thread that is slower then does fewer.</summary>
internal interface ITaskKernel
{
    /// <summary>Does one task. Must not throw.</summary>
    /// <param name="task">Which.</param>
    /// <param name="worker">The thread's number, below the number of threads; for working memory of its own.</param>
    void Execute(int task, int worker);

    /// <summary>Called on each thread after its last task.</summary>
    void Finish();
}

/// <summary>
/// Runs a kernel on the OpenMP threads that libtorch itself uses.
/// Threads of a second pool would compete with libtorch's, which spin between operators; on two cores that costs more than the kernel.
/// </summary>
internal static unsafe partial class ParallelTeam
{
    // Below this many elements waking the other threads takes longer than the work.
    private const long ElementsWorthATeam = 32_768;

    private static readonly delegate* unmanaged[Cdecl]<delegate* unmanaged[Cdecl]<void*, void>, void*, uint, uint, void> Parallel;
    private static readonly delegate* unmanaged[Cdecl]<int> ThreadNumber;
    private static readonly delegate* unmanaged[Cdecl]<int> ThreadCount;

    static ParallelTeam()
    {
        if (!TryLoadOpenMp(out var library))
        {
            return;
        }

        if (NativeLibrary.TryGetExport(library, "GOMP_parallel", out var parallel)
            && NativeLibrary.TryGetExport(library, "omp_get_thread_num", out var number)
            && NativeLibrary.TryGetExport(library, "omp_get_num_threads", out var count))
        {
            Parallel = (delegate* unmanaged[Cdecl]<delegate* unmanaged[Cdecl]<void*, void>, void*, uint, uint, void>)parallel;
            ThreadNumber = (delegate* unmanaged[Cdecl]<int>)number;
            ThreadCount = (delegate* unmanaged[Cdecl]<int>)count;
        }
    }

    /// <summary>Whether libtorch's threads can be used; otherwise kernels run on the calling thread alone.</summary>
    public static bool IsAvailable => Parallel != null;

    /// <summary>Runs <paramref name="kernel"/> over <paramref name="itemCount"/> items, on several threads where <paramref name="elementCount"/> makes it worth while.</summary>
    /// <param name="kernel">The work; copied to the stack, so it holds pointers and numbers alone.</param>
    /// <param name="itemCount">Independent items. Results must not depend on how they are divided.</param>
    /// <param name="elementCount">Elements touched over all items.</param>
    public static void Run<TKernel>(TKernel kernel, int itemCount, long elementCount)
        where TKernel : unmanaged, IRangeKernel
    {
        var threads = Math.Min(torch.get_num_threads(), itemCount);
        if (Parallel == null || threads < 2 || elementCount < ElementsWorthATeam)
        {
            kernel.Execute(0, itemCount);
            return;
        }

        var job = new Job { Kernel = &kernel, Body = &Invoke<TKernel>, ItemCount = itemCount };
        Parallel(&Enter, &job, (uint)threads, 0);
    }

    /// <summary>Threads that <see cref="RunTasks"/> uses for that many tasks.</summary>
    public static int CountWorkers(int taskCount) => Parallel == null ? 1 : Math.Clamp(torch.get_num_threads(), 1, Math.Max(1, taskCount));

    /// <summary>Runs tasks, each thread fetching the next one that is left.</summary>
    /// <param name="kernel">The work; copied to the stack, so it holds pointers and numbers alone.</param>
    /// <param name="taskCount">Tasks. Results must not depend on which thread does which.</param>
    public static void RunTasks<TKernel>(TKernel kernel, int taskCount)
        where TKernel : unmanaged, ITaskKernel
    {
        var threads = CountWorkers(taskCount);
        var next = 0;
        var job = new Job { Kernel = &kernel, Body = &InvokeTasks<TKernel>, ItemCount = taskCount, Next = &next };
        if (threads < 2)
        {
            InvokeTasks<TKernel>(&job, 0, 1);
            return;
        }

        Parallel(&Enter, &job, (uint)threads, 0);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(System.Runtime.CompilerServices.CallConvCdecl)])]
    private static void Enter(void* data)
    {
        var job = (Job*)data;
        long thread = ThreadNumber(), threads = ThreadCount();
        job->Body(job, (int)thread, (int)threads);
    }

    private static void Invoke<TKernel>(Job* job, int thread, int threads)
        where TKernel : unmanaged, IRangeKernel =>
        ((TKernel*)job->Kernel)->Execute((int)((long)job->ItemCount * thread / threads), (int)((long)job->ItemCount * (thread + 1) / threads));

    private static void InvokeTasks<TKernel>(Job* job, int thread, int threads)
        where TKernel : unmanaged, ITaskKernel
    {
        var kernel = (TKernel*)job->Kernel;
        for (var task = Interlocked.Increment(ref *job->Next) - 1; task < job->ItemCount; task = Interlocked.Increment(ref *job->Next) - 1)
        {
            kernel->Execute(task, thread);
        }

        kernel->Finish();
    }

    // The package's file name carries a hash that changes between builds of libtorch, so it is found beside libtorch instead of named here.
    private static bool TryLoadOpenMp(out nint library)
    {
        library = 0;
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        foreach (var line in File.ReadLines("/proc/self/maps"))
        {
            var slash = line.IndexOf('/', StringComparison.Ordinal);
            if (slash >= 0 && Path.GetFileName(line[slash..]).StartsWith("libgomp", StringComparison.Ordinal))
            {
                return NativeLibrary.TryLoad(line[slash..], out library);
            }
        }

        return false;
    }

    private struct Job
    {
        public void* Kernel;
        public delegate*<Job*, int, int, void> Body;
        public int ItemCount;

        // The next task, where they are fetched.
        public int* Next;
    }
}
