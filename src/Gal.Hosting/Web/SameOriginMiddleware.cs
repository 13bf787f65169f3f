using Microsoft.AspNetCore.Http;

namespace Gal.Hosting.Web;

/// <summary>Keeps other web sites from driving a service on this machine through a visitor's browser: a request that a page of another origin makes is refused, and so is one whose Host is a name that someone pointed here.</summary>
internal sealed class SameOriginMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var problem = FindProblem(context.Request);
        if (problem is null)
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return context.Response.WriteAsJsonAsync(new { code = 7, message = problem });
    }

    private static string? FindProblem(HttpRequest request)
    {
        // gRPC clients name their services as they like and are no browsers: no page can send this content type without a preflight, which is refused.
        if (request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) == true)
        {
            return null;
        }

        var host = request.Host;
        if (host.Host != "localhost" && !System.Net.IPAddress.TryParse(host.Host.Trim('[', ']'), out _))
        {
            return $"The host \"{host.Host}\" is not this service's; call it as localhost or by its address.";
        }

        var origin = request.Headers.Origin.ToString();
        return origin.Length > 0 && origin != $"{request.Scheme}://{host}" ? $"A page of {origin} may not call this service." : null;
    }
}
