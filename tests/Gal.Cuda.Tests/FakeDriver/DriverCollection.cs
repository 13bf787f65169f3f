namespace Gal.Cuda.Tests.FakeDriver;

/// <summary>Tests that share the process's one driver, and so take turns.</summary>
[CollectionDefinition(Name)]
public sealed class DriverCollection
{
    public const string Name = "driver";
}
