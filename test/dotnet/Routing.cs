using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Constraints;
using Microsoft.Azure.WebJobs.Extensions.Http;

/// <summary>The router of the Functions host on ASP.NET Core. It tells which function a request is routed to.</summary>
static class Routing
{
    record Function(string Name, string Route, string[] Methods);

    /// <summary>
    /// Reads the functions as a line of JSON, and answers each request with the name of its function until the input
    /// ends.
    /// </summary>
    public static async Task<int> RunAsync(TextReader input)
    {
        var json = await input.ReadLineAsync() ?? "";
        var functions = JsonSerializer.Deserialize<Function[]>(json, JsonSerializerOptions.Web)!;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddRouting();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();

        var router = new WebJobsRouter(app.Services.GetRequiredService<IInlineConstraintResolver>());
        var routes = router.CreateBuilder(new FunctionNameHandler(), "");
        // The host registers functions in the order of their names.
        foreach (var (name, route, methods) in functions.OrderBy(f => f.Name, StringComparer.OrdinalIgnoreCase))
        {
            var constraints = new RouteValueDictionary { ["httpMethod"] = new HttpMethodRouteConstraint(methods) };
            routes.MapFunctionRoute(name, route, constraints, name);
        }
        router.AddFunctionRoutes(routes.Build(), null);
        ((IApplicationBuilder)app).UseRouter(router);

        await app.StartAsync();
        Console.WriteLine($"listens on {app.Urls.Single()}");
        await input.ReadToEndAsync();
        await app.StopAsync();
        return 0;
    }

    class FunctionNameHandler : IWebJobsRouteHandler
    {
        // The name is in a header, because the reply to a HEAD has no body.
        public Task InvokeAsync(HttpContext context, string functionName)
        {
            context.Response.Headers["Function"] = functionName;
            return Task.CompletedTask;
        }
    }
}
