const authenticationDevice = `
<section class="phone" aria-labelledby="phone-title">
  <div class="screen">
    <header>
      <h2 id="phone-title" tabindex="-1">Authentication device</h2>
      <p id="phone-status">The user’s phone</p>
    </header>
    <p class="empty" id="nothing-pending">
      <strong>Nothing to approve</strong>
      Requests appear here as soon as a client has its <code>auth_req_id</code>.
    </p>
    <ul class="cards" id="pending" role="list" aria-label="Pending requests"></ul>
    <section id="history" aria-labelledby="history-title" hidden>
      <h3 id="history-title">Earlier</h3>
      <ul role="list" id="decided"></ul>
    </section>
  </div>
</section>`;

const consumptionDevice = `
<section class="desk" aria-labelledby="desk-title">
  <header>
    <h2 id="desk-title">Consumption device</h2>
    <p>Where the client runs</p>
  </header>
  <form id="request" autocomplete="off">
    <p class="field wide">
      <label for="client">Client</label>
      <select id="client" name="client_id" aria-describedby="mode"></select>
      <span class="help" id="mode"></span>
    </p>
    <p class="field">
      <label for="hint-type">Hint type</label>
      <select id="hint-type" name="hint_type">
        <option>login_hint</option>
        <option>login_hint_token</option>
        <option>id_token_hint</option>
      </select>
    </p>
    <p class="field">
      <label for="hint">Hint</label>
      <input id="hint" name="hint" list="login-hints" spellcheck="false" autocapitalize="off">
      <datalist id="login-hints"></datalist>
    </p>
    <p class="field wide">
      <label for="binding-message">Binding message</label>
      <input id="binding-message" name="binding_message" spellcheck="false">
      <span class="help">Shown on both devices, so that the user sees that they belong together.</span>
    </p>
    <details class="wide">
      <summary>More parameters</summary>
      <div class="fields">
        <p class="field wide">
          <label for="scope">Scopes</label>
          <input id="scope" name="scope" spellcheck="false" autocapitalize="off">
        </p>
        <p class="field">
          <label for="acr-values">ACR values</label>
          <input id="acr-values" name="acr_values" spellcheck="false" autocapitalize="off">
        </p>
        <p class="field">
          <label for="user-code">User code</label>
          <input id="user-code" name="user_code" spellcheck="false">
        </p>
        <p class="field">
          <label for="requested-expiry">Requested expiry in seconds</label>
          <input id="requested-expiry" name="requested_expiry" inputmode="numeric">
        </p>
        <p class="field wide">
          <label for="authorization-details">Authorization details (JSON)</label>
          <textarea id="authorization-details" name="authorization_details" rows="4" spellcheck="false"></textarea>
        </p>
      </div>
    </details>
    <p class="actions wide">
      <button class="primary" type="submit">Send request</button>
      <span class="error" id="mistake" role="alert"></span>
    </p>
  </form>
  <ol class="flows" id="flows" role="list" aria-label="Requests sent"></ol>
</section>`;

/** The page. All that changes is put in by its scripts, as text. */
export function html(withConsumptionDevice: boolean): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>CIBA simulator</title>
<link rel="icon" href="icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="style.css">
<script type="module" src="main.js"></script>
</head>
<body>
<header class="top">
  <h1>CIBA simulator</h1>
  <p>For development and demonstrations: whoever sees this page can approve.</p>
  <p class="connection" id="connection" role="status">Connecting</p>
</header>
<noscript><p>This page needs JavaScript.</p></noscript>
<main class="${withConsumptionDevice ? 'two' : 'one'}">
${authenticationDevice}
${withConsumptionDevice ? consumptionDevice : ''}
</main>
<div class="visually-hidden" id="announcements" role="log" aria-label="Announcements"></div>
</body>
</html>
`;
}
