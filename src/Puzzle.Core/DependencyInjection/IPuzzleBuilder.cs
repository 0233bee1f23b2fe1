namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Chooses the implementations of the pipeline's roles. <c>Use</c> replaces the one there is; <c>Add</c> adds one of
/// several.</summary>
public interface IPuzzleBuilder
{
    /// <summary>Gets the services being configured.</summary>
    IServiceCollection Services { get; }
}
