using System.Text.Json;
using Gal.Diffusion.Schedulers;
using Gal.Diffusion.Weights;
using Gal.Tests;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Schedulers;

public sealed class SchedulerTests : IDisposable
{
    private readonly SafetensorsFile _golden = SafetensorsFile.Open(Repository.Golden("schedulers", "trajectories.safetensors"));
    private readonly JsonElement _cases = JsonDocument.Parse(File.ReadAllText(Repository.Golden("schedulers", "schedulers.json")).Replace("-Infinity", "null", StringComparison.Ordinal)).RootElement;

    public static TheoryData<string, SchedulerKind, double> Cases => new()
    {
        { "ddpm", SchedulerKind.Ddpm, 0 },
        { "ddim", SchedulerKind.Ddim, 0 },
        { "ddim-eta1", SchedulerKind.Ddim, 1 },
        { "ddim-vpred", SchedulerKind.Ddim, 0 },
        { "pndm", SchedulerKind.Pndm, 0 },
        { "dpmpp-2m", SchedulerKind.DpmSolverPlusPlus2M, 0 },
        { "dpmpp-2m-vpred", SchedulerKind.DpmSolverPlusPlus2M, 0 },
        { "dpmpp-2m-karras", SchedulerKind.DpmSolverPlusPlus2MKarras, 0 },
        { "euler", SchedulerKind.Euler, 0 },
        { "euler-ancestral", SchedulerKind.EulerAncestral, 0 },
        { "unipc", SchedulerKind.UniPc, 0 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Timesteps_AnyCount_EqualReference(string name, SchedulerKind kind, double eta)
    {
        foreach (var expected in _cases.GetProperty(name).GetProperty("timesteps").EnumerateObject())
        {
            using var scheduler = SchedulerFactory.Create(kind, Schedule(name), int.Parse(expected.Name), eta);
            Assert.Equal(expected.Value.EnumerateArray().Select(t => t.GetDouble()), scheduler.Timesteps);
            Assert.Equal(_cases.GetProperty(name).GetProperty("initNoiseSigma").GetProperty(expected.Name).GetDouble(), scheduler.InitNoiseSigma, 1e-5);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Step_TenSteps_FollowsEveryStateOfReference(string name, SchedulerKind kind, double eta)
    {
        var expected = Golden($"{name}.10");
        var states = Trajectory(kind, Schedule(name), 10, eta);
        for (var i = 0; i < states.Count; i++)
        {
            TensorAssert.Close(expected[i], states[i], 1e-5, $"{name}, state {i} of 10");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Step_TwentyFiveSteps_FollowsReference(string name, SchedulerKind kind, double eta)
    {
        var expected = Golden($"{name}.25");
        var states = Trajectory(kind, Schedule(name), 25, eta);
        foreach (var (state, row) in new[] { (0, 0), (states.Count / 2, 1), (states.Count - 1, 2) })
        {
            TensorAssert.Close(expected[row], states[state], 1e-5, $"{name}, state {state} of 25");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Step_AfterTheLast_IsRefused(string name, SchedulerKind kind, double eta)
    {
        using var scope = NewDisposeScope();
        using var scheduler = SchedulerFactory.Create(kind, Schedule(name), 1, eta);
        var sample = zeros(1, 4, 2, 2);
        foreach (var _ in scheduler.Timesteps)
        {
            sample = scheduler.Step(sample, sample, () => zeros(1, 4, 2, 2));
        }

        Assert.True(sample.isfinite().all().item<bool>());
        Assert.Throws<InvalidOperationException>(() => scheduler.Step(sample, sample, () => zeros(1, 4, 2, 2)));
    }

    [Fact]
    public void Schedule_Tables_EqualReference()
    {
        using var scope = NewDisposeScope();
        var schedule = Schedule("ddpm");
        TensorAssert.Close(Golden("alphas_cumprod"), tensor(schedule.AlphasCumprod.ToArray()), 1e-7, "alphas_cumprod");
        var (original, noise, timesteps) = (Golden("add_noise.x0"), Golden("add_noise.noise"), Golden("add_noise.t").data<long>().ToArray());
        TensorAssert.Close(Golden("add_noise.out"), schedule.AddNoise(original, noise, timesteps), 1e-6, "add_noise");
        TensorAssert.Close(Golden("velocity.out"), schedule.Velocity(original, noise, timesteps), 1e-6, "velocity");
    }

    [Fact]
    public void Parse_UnsupportedSetting_NamesFieldAndRemedy()
    {
        var exception = Assert.Throws<InvalidDataException>(() => SchedulerConfig.Parse("""{"prediction_type": "sample"}"""));
        Assert.Contains("prediction_type is sample; it must be \"epsilon\" or \"v_prediction\"", exception.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => SchedulerConfig.Parse("""{"thresholding": true}"""));
    }

    [Fact]
    public void Parse_PythonsInfinity_IsRead() =>
        Assert.Equal(7, SchedulerConfig.Parse("""{"lambda_min_clipped": -Infinity, "steps_offset": 7}""").StepsOffset);

    [Theory]
    [InlineData(0)]
    [InlineData(1001)]
    public void Create_StepCountOutOfRange_IsRefused(int count) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => SchedulerFactory.Create(SchedulerKind.Ddim, Schedule("ddim"), count));

    public void Dispose() => _golden.Dispose();

    private Tensor Golden(string name) => _golden.Tensors[name].Read();

    private NoiseSchedule Schedule(string name) => new(SchedulerConfig.Parse(_cases.GetProperty(name).GetProperty("config").GetRawText()));

    // The golden model: eps(x, t) = 0.3 x + 0.1 sin(t / 100), of the scaled input; in float32, as the reference computed it.
    private static List<Tensor> Trajectory(SchedulerKind kind, NoiseSchedule schedule, int count, double eta)
    {
        using var scheduler = SchedulerFactory.Create(kind, schedule, count, eta);
        using var start = new Generator(20);
        using var chance = new Generator(21);
        var states = new List<Tensor> { randn([1, 4, 8, 8], generator: start) * scheduler.InitNoiseSigma };
        foreach (var timestep in scheduler.Timesteps)
        {
            var epsilon = (0.3 * scheduler.ScaleModelInput(states[^1])) + (0.1 * (tensor((float)timestep) / 100).sin());
            states.Add(scheduler.Step(epsilon, states[^1], () => randn([1, 4, 8, 8], generator: chance)));
        }

        return states;
    }
}
