using Microsoft.AspNetCore.Components;

namespace Aspire.Dashboard.Components;

/// <summary>
/// A page that follows something that changes: three times a second it looks whether what it shows is out of date, so that however
/// fast the changes come, a browser gets at most that many updates.
/// </summary>
public abstract class LivePage : ComponentBase, IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(300);
    private readonly CancellationTokenSource _gone = new();

    /// <summary>Cancelled when the page is left.</summary>
    protected CancellationToken Gone => _gone.Token;

    /// <summary>Takes in what is new; false: nothing is, and nothing has to be drawn.</summary>
    protected abstract bool Refresh();

    /// <summary>After what was new is drawn.</summary>
    protected virtual Task Drawn() => Task.CompletedTask;

    /// <inheritdoc />
    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender)
            _ = Follow(_gone.Token);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends what the page follows.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        _gone.Cancel();
        _gone.Dispose();
    }

    private async Task Follow(CancellationToken gone)
    {
        try
        {
            using var timer = new PeriodicTimer(Period);
            while (await timer.WaitForNextTickAsync(gone))
            {
                await InvokeAsync(async () =>
                {
                    if (gone.IsCancellationRequested || !Refresh())
                        return;
                    StateHasChanged();
                    await Drawn();
                });
            }
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested)
        {
        }
        catch (Exception e)
        {
            await DispatchExceptionAsync(e);
        }
    }
}
