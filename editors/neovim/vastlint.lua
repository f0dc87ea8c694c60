-- vastlint in Neovim 0.7 or later, without any plugin: put this file into `~/.config/nvim/plugin/`.
--
--   vim.g.vastlint_command      the command, a list; { 'vastlint', 'server' } by default
--   vim.g.vastlint_fix_on_save  make every safe fix of a file when it is written; off by default

local filetypes = { 'bash', 'conf', 'dockerfile', 'dosini', 'markdown', 'sh', 'toml', 'yaml' }
local group = vim.api.nvim_create_augroup('vastlint', {})

-- The client of each repository, by its root.
local clients = {}

-- The nearest folder that has a configuration or a `.git`: what vastlint takes for the repository, too.
local function root_of(path)
  local folder = vim.fn.fnamemodify(path, ':p:h')
  local start = folder
  while true do
    for _, name in ipairs({ 'vastlint.toml', '.git' }) do
      if vim.loop.fs_stat(folder .. '/' .. name) then
        return folder
      end
    end
    local parent = vim.fn.fnamemodify(folder, ':h')
    if parent == folder then
      return start
    end
    folder = parent
  end
end

local function attach(buffer)
  local path = vim.api.nvim_buf_get_name(buffer)
  if path == '' or vim.bo[buffer].buftype ~= '' then
    return
  end
  local root = root_of(path)
  if not clients[root] then
    clients[root] = vim.lsp.start_client({
      name = 'vastlint',
      cmd = vim.g.vastlint_command or { 'vastlint', 'server' },
      root_dir = root,
      workspace_folders = { { uri = vim.uri_from_fname(root), name = root } },
      on_exit = function()
        clients[root] = nil
      end,
    })
  end
  if clients[root] then
    vim.lsp.buf_attach_client(buffer, clients[root])
  end
end

-- Asks for every safe fix of the file, and makes them before it is written.
local function fix(buffer)
  local id = clients[root_of(vim.api.nvim_buf_get_name(buffer))]
  local client = id and vim.lsp.get_client_by_id(id)
  if not client or not vim.lsp.buf_is_attached(buffer, id) then
    return
  end
  local last = vim.api.nvim_buf_line_count(buffer)
  local params = {
    textDocument = vim.lsp.util.make_text_document_params(buffer),
    range = { start = { line = 0, character = 0 }, ['end'] = { line = last, character = 0 } },
    context = { diagnostics = {}, only = { 'source.fixAll.vastlint' } },
  }
  local answer = client.request_sync('textDocument/codeAction', params, 3000, buffer)
  for _, action in ipairs(answer and answer.result or {}) do
    if action.edit then
      vim.lsp.util.apply_workspace_edit(action.edit, client.offset_encoding)
    end
    if action.command then
      client.request_sync('workspace/executeCommand', {
        command = action.command.command,
        arguments = action.command.arguments,
      }, 3000, buffer)
    end
  end
end

-- Neovim takes a conf of supervisor for nothing in particular.
vim.api.nvim_create_autocmd({ 'BufNewFile', 'BufRead' }, {
  group = group,
  pattern = { '*/supervisor/conf.d/*.conf', '*/supervisord.conf' },
  callback = function(event)
    vim.bo[event.buf].filetype = 'dosini'
  end,
})

vim.api.nvim_create_autocmd('FileType', {
  group = group,
  pattern = filetypes,
  callback = function(event)
    attach(event.buf)
  end,
})

vim.api.nvim_create_autocmd('BufWritePre', {
  group = group,
  callback = function(event)
    if vim.g.vastlint_fix_on_save then
      fix(event.buf)
    end
  end,
})
