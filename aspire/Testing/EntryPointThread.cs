using System.Reflection;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>
/// Runs the Main of an AppHost on a thread of its own. It is held back where it builds its application, until the test says so, and ends
/// there: what the application does from then on is the test's.
/// </summary>
internal sealed class EntryPointThread(
    Assembly appHost, string[] args, Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configure) : IDisposable
{
    private const string LimitVariable = "DOTNET_HOST_FACTORY_RESOLVER_DEFAULT_TIMEOUT_IN_SECONDS";

    private readonly TaskCompletionSource<DistributedApplicationBuilder> _described = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DistributedApplication> _built = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _goOn = new();
    private volatile bool _abandoned;
    private Thread? _thread;

    /// <summary>Begins, and waits until the AppHost has described its application.</summary>
    /// <exception cref="InvalidOperationException">The assembly has no Main, or that builds no application.</exception>
    public async Task<DistributedApplicationBuilder> Start(CancellationToken cancellation)
    {
        var main = appHost.EntryPoint ?? throw new InvalidOperationException(
            $"{appHost.GetName().Name} has no entry point: name a type of the AppHost's own assembly, such as Projects.My_AppHost.");
        _thread = new Thread(() => Run(main)) { IsBackground = true, Name = $"Main of {appHost.GetName().Name}" };
        _thread.Start();
        try
        {
            return await _described.Task.WaitAsync(Limit(), cancellation);
        }
        catch (TimeoutException e)
        {
            Dispose();
            throw new InvalidOperationException($"{appHost.GetName().Name} did not build its application within {Limit().TotalSeconds} s ({LimitVariable}).", e);
        }
    }

    /// <summary>Lets the AppHost build its application.</summary>
    public Task<DistributedApplication> Build(CancellationToken cancellation)
    {
        _goOn.Set();
        return _built.Task.WaitAsync(Limit(), cancellation);
    }

    /// <summary>Ends the thread if it is still held back.</summary>
    public void Dispose()
    {
        _abandoned = true;
        _goOn.Set();
        _thread?.Join(TimeSpan.FromSeconds(5));
    }

    private void Run(MethodInfo main)
    {
        AppHostInterception.Current = new()
        {
            Creating = (options, settings) => TestingDefaults.Apply(appHost, options, settings, configure),
            Building = Hold,
            Built = Take,
        };
        try
        {
            main.Invoke(null, BindingFlags.DoNotWrapExceptions, null, main.GetParameters().Length == 0 ? [] : [args], null);
            Fail(new InvalidOperationException($"{appHost.GetName().Name} ended without having built an application."));
        }
        catch (EntryPointEndException)
        {
            // The application is the test's now.
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private void Hold(DistributedApplicationBuilder builder)
    {
        _described.TrySetResult(builder);
        _goOn.Wait();
        if (_abandoned)
            throw new EntryPointEndException();
    }

    private void Take(DistributedApplication application)
    {
        _built.TrySetResult(application);
        throw new EntryPointEndException();
    }

    private void Fail(Exception exception)
    {
        var seen = ExceptionDispatchInfo.Capture(exception).SourceException;
        _described.TrySetException(seen);
        _built.TrySetException(seen);
        // Only one of the two is awaited.
        _ = _built.Task.Exception;
        _ = _described.Task.Exception;
    }

    private static TimeSpan Limit() =>
        int.TryParse(Environment.GetEnvironmentVariable(LimitVariable), out var seconds) ? TimeSpan.FromSeconds(seconds) : TimeSpan.FromMinutes(5);
}

/// <summary>Ends an AppHost's Main where its application is built.</summary>
internal sealed class EntryPointEndException() : Exception("The application is built; a test goes on from here.");
