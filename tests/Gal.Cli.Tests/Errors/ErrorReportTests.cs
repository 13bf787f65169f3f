using Gal.Cli.Errors;
using Gal.Hosting;
using Gal.Hosting.Errors;
using Grpc.Core;

namespace Gal.Cli.Tests.Errors;

public sealed class ErrorReportTests
{
    public static TheoryData<Exception, int> Exceptions => new()
    {
        { CliException.BadInput("x"), ExitCodes.BadInput },
        { new ServiceOptionsException(["x"]), ExitCodes.BadInput },
        { new CannotListenException("x", new IOException()), ExitCodes.Service },
        { new RpcException(new Status(StatusCode.Unavailable, "x")), ExitCodes.Service },
        { new RpcException(new Status(StatusCode.NotFound, "x")), ExitCodes.BadInput },
        { new RpcException(new Status(StatusCode.Internal, "x")), ExitCodes.Failed },
        { new RpcException(new Status(StatusCode.Cancelled, "x")), ExitCodes.Cancelled },
        { new OperationCanceledException(), ExitCodes.Cancelled },
        { new InvalidOperationException("x"), ExitCodes.Failed },
    };

    [Theory]
    [MemberData(nameof(Exceptions))]
    public void Of_Exception_HasItsExitCode(Exception exception, int exitCode) => Assert.Equal(exitCode, ErrorReport.Of(exception).ExitCode);

    [Fact]
    public void Of_FieldViolations_ListsEach()
    {
        var exception = RpcErrors.InvalidFields([("a", "a is 1; it must be 2.", "A"), ("b", "b is 3; it must be 4.", "B")]);

        Assert.Equal(["The service refuses the request:", "  a is 1; it must be 2.", "  b is 3; it must be 4."], ErrorReport.Of(exception).Lines);
    }
}
