using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi.Models;

namespace Gal.Hosting.Web;

/// <summary>The description of the JSON form of a service's RPCs, at /openapi/v1.json, and a page that shows it, at /openapi.</summary>
internal static class OpenApi
{
    public static void AddOpenApiPage(this IServiceCollection services)
    {
        services.AddGrpcSwagger();
        services.AddSwaggerGen(swagger => swagger.SwaggerDoc("v1", new OpenApiInfo { Title = "Gal", Version = "v1" }));
    }

    public static void UseOpenApiPage(this IApplicationBuilder app)
    {
        app.UseSwagger(swagger => swagger.RouteTemplate = "openapi/{documentName}.json");
        app.UseSwaggerUI(page =>
        {
            page.RoutePrefix = "openapi";
            page.SwaggerEndpoint("/openapi/v1.json", "Gal");
        });
    }
}
