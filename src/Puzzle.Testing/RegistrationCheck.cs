using Microsoft.Extensions.DependencyInjection;

namespace Puzzle.Testing;

/// <summary>That a role which is registered is the one a run gets, once.</summary>
internal static class RegistrationCheck
{
    public static void Check<TRole>(Action<IPuzzleBuilder> register, TRole made)
        where TRole : notnull
    {
        IPuzzleBuilder builder = new ServiceCollection().AddPuzzle();
        register(builder);
        using ServiceProvider services = builder.Services.BuildServiceProvider(
            new ServiceProviderOptions { ValidateScopes = true });
        TRole resolved = services.GetRequiredService<TRole>();
        Assert.IsType(made.GetType(), resolved);
        Assert.Same(resolved, services.GetRequiredService<TRole>());
    }
}
